"""`pytest --gate` passes only what its own runs have just seen, and never because nothing ran."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from machinery.servers import health
from machinery.toy import CHECKS, GATES, toy, toy_gaia
from machinery.verification import command, ended, surroundings

GATE = "--gate=ceesar/dev-gamma"


def decide(root, *words, **variables):
    return ended(
        command(GATE, "-p", "no:allure_pytest", *words, reports=root / "reports"),
        cwd=root,
        within=120,
        **variables,
    )


def decisions(root):
    files = sorted(root.glob("reports/gate-ceesar-dev-gamma-*/decision.json"))
    return [json.loads(file.read_text())["predicate"]["verificationResult"] for file in files]


@pytest.fixture
def dev(live):
    return {"CEESAR_DEV_URL": live("dev").target.url}


def test_what_its_own_run_proves_passes_with_exit_0(tmp_path, dev):
    root = toy(tmp_path)
    done = decide(root, "-q", **dev)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "proveout: 1/1  pytest --env=ceesar/dev -m smoke" in done.stdout
    assert "PASS 2/2" in done.stdout
    assert "PASS 4/4" in done.stdout
    assert decisions(root) == ["PASSED"]
    (run,) = root.glob("reports/2*/ceesar-dev/evidence.json")
    attempts = json.loads(run.read_text())["predicate"]["urn:x-proveout:run:v1"]["attempts"]
    assert len(attempts) == 2


def test_a_url_can_be_said_on_the_command_line_and_workers_may_run_the_checks(tmp_path, live):
    root = toy(tmp_path)
    done = decide(root, f"--env-url=ceesar/dev={live('dev').target.url}", "-n", "2", "--explain")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "evidence: 000001-" in done.stdout
    assert decisions(root) == ["PASSED"]


def test_a_server_that_is_not_healthy_fails_with_exit_1(tmp_path, scripted):
    root = toy(tmp_path)
    url = scripted(lambda _: (200, {}, health(environment="dev", status="ill"))).url
    done = decide(root, CEESAR_DEV_URL=url)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAIL  All smoke tests pass in dev" in done.stdout
    assert decisions(root) == ["FAILED"]


def test_a_failure_revokes_what_passed_before(tmp_path, dev, scripted):
    root = toy(tmp_path)
    assert decide(root, **dev).returncode == 0
    url = scripted(lambda _: (200, {}, health(environment="dev", status="ill"))).url
    assert decide(root, CEESAR_DEV_URL=url).returncode == 1
    assert sorted(decisions(root)) == ["FAILED", "PASSED"]


def test_without_a_url_it_holds_and_starts_no_reference_server(tmp_path):
    root = toy(tmp_path)
    done = decide(root)
    assert done.returncode == 20, done.stdout + done.stderr
    assert "--env-require live: no URL is known (set CEESAR_DEV_URL" in done.stdout
    assert not list(root.glob("reports/*/started/*"))
    assert decisions(root) == ["FAILED"]


def test_a_url_variable_that_is_set_but_empty_is_a_mistake(tmp_path):
    root = toy(tmp_path)
    done = decide(root, CEESAR_DEV_URL="")
    assert done.returncode == 4
    assert "CEESAR_DEV_URL is set but empty" in done.stderr
    assert decisions(root) == []


def test_a_rehearsal_runs_on_copies_and_promotes_nothing(tmp_path):
    root = toy(tmp_path)
    done = decide(root, "--rehearse")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS 4/4   (rehearsal: promotes nothing)" in done.stdout
    assert decisions(root) == ["FAILED"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("pytest.skip('not today')", ()),
        ("pytest.xfail('known')", ()),
        ("os._exit(9)", ("-n", "2", "--max-worker-restart=0")),
        ("os._exit(0)", ("-n", "2")),
        ("os._exit(0)", ()),
        ("os._exit(9)", ()),
        ("pytest.exit('enough', returncode=0)", ()),
        ("raise KeyboardInterrupt", ()),
    ],
)
def test_a_check_that_does_not_end_is_no_pass(tmp_path, dev, body, words):
    root = toy(tmp_path, body=body)
    done = decide(root, *words, **dev)
    assert done.returncode not in {0, 5}, done.stdout
    assert "PASSED" not in decisions(root)


@pytest.mark.parametrize("body", ["os._exit(0)", "os._exit(9)"])
def test_a_run_that_dies_is_not_replaced_by_an_older_one(tmp_path, dev, body):
    root = toy(tmp_path)
    assert decide(root, **dev).returncode == 0
    (root / "suites" / "test_health.py").write_text(CHECKS.format(body=body))
    done = decide(root, **dev)
    assert done.returncode in {3, 20}
    assert "nothing was decided" in done.stderr
    assert len(decisions(root)) == 1


DESELECTING = """
def pytest_collection_modifyitems(config, items):
    config.hook.pytest_deselected(items=items[:])
    items.clear()
"""


@pytest.mark.parametrize(
    ("conftest", "body"),
    [
        (DESELECTING, "pass"),
        ("collect_ignore_glob = ['*']", "pass"),
        ("def pytest_runtest_protocol(item):\n    return True", "pass"),
        ("def pytest_sessionfinish(session):\n    session.exitstatus = 0", "pytest.skip('gone')"),
    ],
)
def test_checks_that_somebody_takes_away_are_not_proven(tmp_path, dev, conftest, body):
    root = toy(tmp_path, body=body)
    (root / "conftest.py").write_text(conftest)
    done = decide(root, **dev)
    assert done.returncode == 20, done.stdout + done.stderr
    assert decisions(root) == ["FAILED"]


def test_an_error_in_the_suite_stops_everything(tmp_path, dev):
    root = toy(tmp_path)
    (root / "suites" / "test_health.py").write_text("import nothing_of_this_name\n")
    done = decide(root, **dev)
    assert done.returncode == 2
    assert "nothing was decided" in done.stderr
    assert decisions(root) == []


def test_all_runs_are_done_although_one_fails(tmp_path, scripted):
    regression = {"says": "Health tells a version", "tier": "regression"}
    together = {"says": "Both are there", "environments": '["dev", "gamma"]', "scope": "together"}
    gates = (
        GATES
        + GATES.partition("[[dev-gamma.rule]]")[1]
        + ('\nsays = "All regression tests pass in dev"\nneeds = "tier"\ntier = "regression"\n')
    )
    root = toy(tmp_path, claims={"CC-HL-VERSION": regression, "CC-ENV-COUNT": together}, gates=gates)
    url = scripted(lambda _: (200, {}, health(environment="dev", status="ill"))).url
    done = decide(root, CEESAR_DEV_URL=url)
    assert done.returncode == 1
    assert "1/2  pytest --env=ceesar/dev --env=ceesar/gamma -m smoke" in done.stdout
    assert "2/2  pytest --env=ceesar/dev -m regression" in done.stdout
    assert decisions(root) == ["FAILED"]


def test_a_twin_without_an_artifact_is_said_and_holds(tmp_path, dev):
    root = toy(tmp_path, claims={"CC-HL-VERSION": {"says": "It stops in time", "proof": "twin"}})
    done = decide(root, **dev)
    assert done.returncode == 20, done.stdout + done.stderr
    assert "not run: the claims of smoke that only a copy of the live one can prove" in done.stdout
    assert "no evidence (twin)" in done.stdout


def test_a_twin_of_what_is_live_proves_what_only_a_copy_can(tmp_path, live):
    root = toy_gaia(tmp_path)
    target = live("gaia/dev").target
    urls = {"GAIA_DEV_URL": target.url}
    gate = "--gate=gaia/dev-staging"
    words = command(gate, f"--env-root=gaia/dev={target.root}", "-q", reports=root / "reports")
    done = ended(words, cwd=root, within=120, **urls)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1/2  pytest --env=gaia/dev -m smoke" in done.stdout
    assert "2/2  pytest --env=gaia/dev --env-twin -m smoke" in done.stdout
    (text,) = root.glob("reports/gate-gaia-dev-staging-*/decision.txt")
    assert "gaia/dev  live" in text.read_text()
    assert "gaia/dev  twin" in text.read_text()
    # Without a way to the artifact the newest run is about nobody knows which: the twin proves nothing of it.
    done = ended(command(gate, reports=root / "reports"), cwd=root, within=120, **urls)
    assert done.returncode == 20, done.stdout + done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_with_its_copies_and_nothing_is_decided(tmp_path, number):
    root = toy(tmp_path, body="open('begun', 'w').close(); __import__('time').sleep(60)")
    words = command(GATE, "--rehearse", "-p", "no:allure_pytest", reports=root / "reports")
    process = subprocess.Popen(
        words, cwd=root, env=surroundings(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 30
    while not (root / "begun").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(process.pid, number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "interrupted; nothing was decided" in said
    assert decisions(root) == []
    assert [p for p in psutil.process_iter() if str(root) in words_of(p)] == []


def words_of(process):
    try:
        return " ".join([process.cwd(), *process.cmdline()])
    except psutil.Error:
        return ""


def test_python_without_assertions_decides_nothing(tmp_path, dev):
    root = toy(tmp_path)
    words = command(GATE, reports=root / "reports")
    done = ended([words[0], "-O", *words[1:]], cwd=root, within=60, **dev)
    assert done.returncode == 4
    assert "Python runs with -O" in done.stderr
    assert decide(root, PYTHONOPTIMIZE="1", **dev).returncode == 4
    assert decisions(root) == []


def test_a_plan_says_what_each_run_would_do_and_touches_nothing(tmp_path, scripted):
    root = toy(tmp_path)
    server = scripted(lambda _: (200, {}, health(environment="dev")))
    done = decide(root, "--env-plan", CEESAR_DEV_URL=server.url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "would run  reads" in done.stdout
    assert "nothing was started, asked, verified or decided" in done.stdout
    assert server.asked == []
    assert not (root / "reports").exists()


def test_a_store_that_cannot_take_the_evidence_is_no_pass(tmp_path, dev):
    root = toy(tmp_path)
    (root / "reports").mkdir()
    (root / "reports" / "evidence").write_text("a file")
    assert decide(root, **dev).returncode not in {0, 1, 5}
    assert decisions(root) == []


def test_the_store_is_whole_after_everything(tmp_path, dev):
    root = toy(tmp_path)
    assert decide(root, **dev).returncode == 0
    program = str(Path(sys.executable).with_name("proveout"))
    done = ended([program, "verify", "reports/evidence"], cwd=root, within=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ended([program, "gate", "dev-gamma"], cwd=root, within=60).returncode == 0
