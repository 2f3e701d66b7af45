"""A run leaves a record, and no process; a killed run leaves what the next command ends."""

import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET

import psutil

from machinery.servers import run_folder
from machinery.verification import ROOT, command, surroundings

CHECK = """
import time

@pytest.mark.smoke
@pytest.mark.reads
@verifies("CC-HL-STATUS")
def test_it_takes_long(ceesar):
    ceesar.submit_to_run("bash", "sleep {seconds}", within=60)
"""
# A number of seconds that no other process sleeps, so that the program can be found on this machine.
SECONDS = f"61.{os.getpid()}"


def words(process):
    """Return where a process works and what it was started with; nothing if it has ended."""
    try:
        return " ".join([process.cwd(), *process.cmdline()])
    except psutil.Error:
        return ""


def ours(reports):
    marks = (str(reports), f"sleep {SECONDS}")
    return [process for process in psutil.process_iter() if any(mark in words(process) for mark in marks)]


def until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.05)


def killed_run(tmp_path, project, number):
    reports = tmp_path / "reports"
    (tmp_path / "pyproject.toml").write_text(f'[tool.pytest]\nproveout_reports = "{reports}"\n')
    run = subprocess.Popen(
        command("--env=gamma", reports=reports),
        cwd=project(long=CHECK.format(seconds=SECONDS)),
        env=surroundings(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until(lambda: any(f"sleep {SECONDS}" in words(process) for process in psutil.process_iter()))
    run.send_signal(number)
    run.wait(timeout=30)
    return reports


def test_a_killed_run_is_cleaned_up_by_env_down(tmp_path, project):
    reports = killed_run(tmp_path, project, signal.SIGKILL)
    assert ours(reports), "the copy was expected to outlive the killed run"
    down = [
        sys.executable,
        "-c",
        "from proveout.cli import main; import sys; sys.exit(main())",
        "env",
        "down",
        "--all",
    ]
    done = subprocess.run(
        [*down, "--root", str(tmp_path)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "ended ceesar/gamma" in done.stdout
    assert ours(reports) == []
    assert not list(reports.glob("*/started/*.json"))


def test_a_killed_run_is_cleaned_up_by_the_next_run(tmp_path, project, verify):
    reports = killed_run(tmp_path, project, signal.SIGKILL)
    done = verify("--env=gamma", "-m", "smoke", "-k", "semantic", "-o", f"proveout_reports={reports}")
    assert done.exit == 0, done.output
    assert "left by a run that was killed" in done.output
    assert ours(reports) == []


def test_a_terminated_run_cleans_up_itself(tmp_path, project):
    reports = killed_run(tmp_path, project, signal.SIGTERM)
    assert ours(reports) == []


def test_a_run_needs_neither_allure_nor_xdist(verify):
    done = verify("--env=gamma", "-m", "smoke", "-k", "healthy", "-p", "no:allure_pytest", "-p", "no:xdist")
    assert done.exit == 0, done.output
    assert not (run_folder(done.reports) / "allure-results").exists()


def test_a_run_leaves_its_record(verify):
    done = verify("--env=gamma", "-m", "smoke", "-k", "healthy", allure=True)
    folder = run_folder(done.reports)
    statement = json.loads((folder / "ceesar-gamma" / "evidence.json").read_text())
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicate"]["passedTests"] == ["CC-HL-STATUS"]
    assert ours(done.reports) == []
    case = ET.parse(folder / "junit.xml").getroot().find(".//testcase")
    properties = {p.get("name"): p.get("value") for p in case.iter("property")}
    assert properties == {"environment": "ceesar/gamma", "claims": "CC-HL-STATUS"}
    results = [json.loads(f.read_text()) for f in (folder / "allure-results").glob("*-result.json")]
    assert [r["status"] for r in results if r["name"] == "Health is healthy"] == ["passed"]
    sums = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, check=False)
    assert sums.returncode == 0
