"""A soak of seconds, run as a user does: its evidence opens a gate, also when it was stopped in between."""

import json
import signal
import subprocess
import time

import pytest

from machinery.toy_soak import toy_soak
from machinery.verification import command, ended, surroundings
from proveout.cli import main

SOAK = ("--env=gaia/dev", "-m", "soak", "-p", "no:allure_pytest")


def soak(root, url, *words):
    line = command(
        *SOAK, f"--env-url={url.target.url}", f"--env-root={url.target.root}", *words, reports="reports"
    )
    return ended(line, cwd=root, within=150)


def stopped(root, url, after):
    """Begin a soak, ask it to end when so many windows are on record, and return what it said."""
    line = command(*SOAK, f"--env-url={url.target.url}", f"--env-root={url.target.root}", reports="reports")
    with subprocess.Popen(
        line, cwd=root, env=surroundings(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        deadline = time.monotonic() + 90
        while lines(root) < after and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=90)
    return process.returncode, said


def lines(root):
    return sum(
        len(file.read_text().splitlines()) for file in root.glob("reports/soaks/gaia-dev/*/windows/*.jsonl")
    )


def evidence(root):
    """What the evidence of the newest run says."""
    file = max(root.glob("reports/2*/gaia-dev/evidence.json"))
    return json.loads(file.read_text())["predicate"]["urn:x-proveout:run:v1"]


@pytest.fixture
def decide(capsys):
    """A function that lets the gate decide on what is stored; returns the exit code and the words."""

    def decide(root):
        code = main(["gate", "gaia/dev-staging", "--root", str(root)])
        said = capsys.readouterr()
        return code, " ".join((said.out + said.err).split())

    return decide


def test_a_soak_that_was_stopped_goes_on_and_opens_the_gate(tmp_path, live, decide):
    root, dev = toy_soak(tmp_path, slices='slice = "10m"'), live("gaia/dev")
    code, said = stopped(root, dev, after=3)
    assert code == 20, said
    assert "checkpoint: " in " ".join(said.split())
    assert "of 12s are on record; next: pytest --env=gaia/dev -m soak --soak-resume" in " ".join(said.split())
    first = evidence(root)
    assert first["soak"]["word"] == "HOLD"
    assert 2 <= first["soak"]["elapsed"] < 12
    assert decide(root)[0] == 20

    done = soak(root, dev, "--soak-resume")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS 1/1" in done.stdout
    assert "rehearsal" not in done.stdout
    found = evidence(root)["soak"]
    assert (found["word"], found["segments"], found["restarts"], found["versions"]) == ("PASS", 2, 0, 1)
    assert found["ledger"] == first["soak"]["ledger"]
    assert found["begun"] == first["soak"]["begun"]
    assert found["elapsed"] == pytest.approx(12, abs=1.1)
    assert found["filled"] >= 10
    assert found["longest_slice"] > 0
    assert found["longest_gap"] == 0
    assert {budget["name"] for budget in found["budgets"]} >= {"errors", "restarts", "coverage", "poll"}
    code, said = decide(root)
    assert code == 0, said


def test_a_rehearsal_says_so_and_opens_nothing(tmp_path, live, decide):
    root, dev = toy_soak(tmp_path), live("gaia/dev")
    done = soak(root, dev, "--soak-duration=10s")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS 1/1 (rehearsal 10s)" in done.stdout
    found = evidence(root)["soak"]
    assert (found["word"], found["says"], found["rehearsal"]) == ("PASS", "PASS (rehearsal 10s)", True)
    code, said = decide(root)
    assert code == 20, said
    assert "only a rehearsal of a soak is on record" in said
