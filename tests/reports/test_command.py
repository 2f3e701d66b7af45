"""`proveout report` says what is wrong, why, and what to do."""

import os
import shutil
import time
from pathlib import Path

import pytest

from machinery.reported import proveout
from machinery.verification import ROOT
from proveout.model.mistake import UserError
from proveout.reports import generator


def run_of(root, name="20260101-000000-aaaa"):
    folder = root / "reports" / name
    (folder / "allure-results").mkdir(parents=True)
    (folder / "allure-results" / "categories.json").write_text("[]")
    return folder


def checkout(tmp_path):
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    return tmp_path


def test_without_any_run_it_says_how_to_make_one(tmp_path):
    done = proveout("report", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        "proveout: reports: no run has ended there and left results\n"
        "next: pytest --env=gamma -m smoke, then proveout report\n"
    )


def test_a_run_without_results_is_no_empty_report(tmp_path):
    folder = run_of(checkout(tmp_path))
    done = proveout("report", cwd=tmp_path)
    assert done.returncode == 2
    assert "no result in allure-results" in done.stderr
    assert "-p no:allure_pytest" in done.stderr
    assert not (folder / "report.html").exists()


def test_a_run_that_goes_on_is_not_the_newest(tmp_path):
    run_of(checkout(tmp_path))
    going_on = run_of(tmp_path, "20260102-000000-bbbb")
    (going_on / "allure-results" / "categories.json").rename(going_on / "allure-results" / "a-result.json")
    done = proveout("report", cwd=tmp_path)
    assert "20260101-000000-aaaa: no result in allure-results" in done.stderr


def test_an_unknown_run_is_answered_with_a_near_one(tmp_path):
    run_of(tmp_path)
    done = proveout("report", "20260101-000000-aaab", cwd=tmp_path)
    assert done.returncode == 2
    assert "did you mean 20260101-000000-aaaa" in done.stderr


def test_outside_a_checkout_it_says_what_is_missing(tmp_path):
    run_of(tmp_path)
    done = proveout("report", cwd=tmp_path)
    assert done.returncode == 2
    assert "scripts/allure is missing" in done.stderr


def test_without_npm_it_says_what_why_and_what_next(tmp_path):
    folder = run_of(checkout(tmp_path))
    (folder / "allure-results" / "a-result.json").write_text('{"name": "x", "status": "passed"}')
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "env", "dirname", "readlink", "sha256sum"):
        (programs / name).symlink_to(shutil.which(name))
    done = proveout("report", cwd=tmp_path, PATH=str(programs))
    assert done.returncode == 2
    for words in ("node is not in the PATH", "a program of Node.js", "next: install Node.js with npm"):
        assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_generator_that_hangs_is_ended_with_all_it_started(tmp_path, monkeypatch):
    folder = run_of(tmp_path)
    (folder / "allure-results" / "a-result.json").write_text('{"name": "x", "status": "passed"}')
    tool = tmp_path / "tool"
    child = tmp_path / "child"
    tool.write_text(f"#!/bin/sh\nsleep 60 &\necho $! > {child}\nwait\n")
    tool.chmod(0o755)
    monkeypatch.setattr(generator, "DEADLINE", 0.5)
    with pytest.raises(UserError, match="was ended after"):
        generator.generate([folder], page=tmp_path / "page.html", history=tmp_path / "history", tool=tool)
    assert not (tmp_path / "page.html").exists()
    deadline = time.monotonic() + 5
    while _alive(int(child.read_text())) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _alive(int(child.read_text()))


def _alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state != "Z"
