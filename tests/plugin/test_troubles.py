"""Every trouble of a target as a whole is told of its kind, because a gate treats each differently."""

import itertools
import signal
import socket
import subprocess
import time

import pytest

from machinery.servers import health
from machinery.verification import Verification, command, surroundings

EXTENSION = "urn:x-proveout:run:v1"
FEW = ("-m", "smoke", "-k", "health and not browser")


def kinds(done, environment="ceesar/gamma"):
    return [(t["word"], t["kind"]) for t in done.evidence(environment)[EXTENSION]["troubles"]]


def test_without_trouble_there_is_none(verify, live):
    done = verify("--env=gamma", f"--env-url={live('gamma').target.url}", *FEW)
    assert kinds(done) == []


def test_another_environment_was_refused(verify, live):
    assert kinds(verify("--env=gamma", f"--env-url={live('dev').target.url}", *FEW)) == [("HOLD", "refused")]


def test_another_version_was_asked_for(verify, live):
    done = verify("--env=gamma", f"--env-url={live('gamma').target.url}", "--env-version=9.9.9", *FEW)
    assert kinds(done) == [("FAIL", "other-version")]


def test_nobody_answers_at_the_start(verify):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        done = verify("--env=gamma", f"--env-url=http://127.0.0.1:{taken.getsockname()[1]}", *FEW)
    assert kinds(done) == [("FAIL", "gone")]


@pytest.mark.parametrize("last", ["silent", "redeployed"])
def test_at_the_end_it_is_not_what_it_was(verify, scripted, last):
    asked = itertools.count()

    def answer(_request):
        changes = {"silent": {"environment": None}, "redeployed": {"version": "2.0.0"}}[last]
        return 200, {}, health(**(changes if next(asked) > 1 else {}))

    done = verify("--env=gamma", f"--env-url={scripted(answer).url}", "-m", "smoke", "-k", "health_succeeds")
    assert kinds(done) == [("HOLD", {"silent": "unidentified", "redeployed": "redeployed"}[last])]


def test_it_never_says_who_it_is(verify, scripted):
    url = scripted(lambda _: (200, {}, health(environment=None))).url
    assert kinds(verify("--env=gamma", f"--env-url={url}", *FEW)) == [("HOLD", "unidentified")]


def test_a_copy_does_not_start(verify, project):
    root = project(
        health='@pytest.mark.smoke\n@verifies("CC-HL-STATUS")\ndef test_x(ceesar): assert ceesar\n'
    )
    file = root / "environments" / "ceesar" / "gamma" / "environment.toml"
    file.write_text(file.read_text().replace('"{python}", "-m", "proveout_reference.ceesar"', '"false"'))
    assert kinds(verify("--env=gamma", "-m", "smoke", project=root)) == [("FAIL", "not-started")]


def test_a_run_that_is_interrupted_was_cut_short(project, live, tmp_path):
    checks = """
@pytest.mark.smoke
@pytest.mark.reads
@verifies("CC-HL-STATUS")
def test_it_takes_long(ceesar):
    import time
    open("begun", "w").close()
    time.sleep(60)
"""
    root, reports = project(long=checks), tmp_path / "reports"
    words = command("--env=gamma", f"--env-url={live('gamma').target.url}", "-m", "smoke", reports=reports)
    run = subprocess.Popen(
        words, cwd=root, env=surroundings(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while not (root / "begun").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    run.send_signal(signal.SIGINT)
    assert run.wait(timeout=60) == 2
    done = Verification(2, "", reports)
    assert kinds(done) == [("HOLD", "cut-short")]
    assert len(list((reports / "evidence").glob("0*.json"))) == 1
