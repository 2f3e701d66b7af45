"""`proveout gate` decides, says why, leaves copies, and promotes only what passed, on record."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from machinery.gatekeeping import NEW, Gatekeeping
from machinery.reported import proveout
from machinery.verification import surroundings
from proveout.evidence.envelope import opened
from proveout.evidence.key import Key
from proveout.evidence.statement import SUMMARY


@pytest.fixture
def ceesar(tmp_path):
    return checkout(tmp_path, "ceesar")


def checkout(folder, system, **options):
    """Definitions and a store of today, with the settings that let the command find them."""
    keeping = Gatekeeping(folder, system, **options)
    keeping.now = datetime.now(UTC).replace(microsecond=0)
    (folder / "pyproject.toml").write_text('[tool.pytest]\nproveout_evidence = "evidence"\n')
    return keeping


def gate(keeping, *words, **variables):
    return proveout("gate", *words, cwd=keeping.folder, **variables)


def records(keeping, kind):
    snapshot = keeping.store.snapshot()
    assert snapshot.troubles == ()
    return [
        json.loads(opened(snapshot.body(entry), {}).payload)
        for entry in snapshot.newest_first()
        if entry.kind == kind
    ]


def script(keeping, text):
    file = keeping.folder / "deploy.sh"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return "./deploy.sh"


def test_what_is_ready_passes_with_exit_0(ceesar):
    ceesar.ready("dev-gamma")
    done = gate(ceesar, "ceesar/dev-gamma")
    assert done.returncode == 0, done.stderr
    assert f"ceesar/dev-gamma   version 1.4.2 (sha256:{NEW[:12]})" in done.stdout
    assert "PASS 36/36" in done.stdout
    (decided,) = records(ceesar, "decision")
    assert decided["predicate"]["verificationResult"] == "PASSED"


def test_an_edge_needs_no_system_where_only_one_has_it(ceesar):
    assert gate(ceesar, "dev-gamma").returncode == 20


def test_without_evidence_it_holds_with_exit_20(ceesar):
    done = gate(ceesar, "ceesar/dev-gamma")
    assert done.returncode == 20
    assert "next: pytest --env=ceesar/dev -m smoke" in done.stdout
    assert records(ceesar, "decision")[0]["predicate"]["verificationResult"] == "FAILED"


def test_a_failure_fails_with_exit_1(ceesar):
    ceesar.ready("dev-gamma")
    ceesar.run("dev", failed=("CC-HL-STATUS",), ended=ceesar.ago(hours=1))
    done = gate(ceesar, "ceesar/dev-gamma")
    assert done.returncode == 1
    assert "CC-HL-STATUS" in done.stdout


def test_copies_for_people_and_pipelines_lie_beside_the_reports(ceesar):
    ceesar.ready("dev-gamma")
    done = gate(ceesar, "ceesar/dev-gamma")
    (folder,) = ceesar.folder.glob("reports/gate-ceesar-dev-gamma-*")
    assert f"copies: reports/{folder.name}" in done.stdout
    assert sorted(file.name for file in folder.iterdir()) == ["decision.json", "decision.txt"]
    assert [json.loads((folder / "decision.json").read_text())] == records(ceesar, "decision")
    assert "evidence: 000001-" in (folder / "decision.txt").read_text()


def test_with_a_key_the_decision_and_its_copy_are_signed(tmp_path):
    key = Key.new()
    keeping = checkout(tmp_path, "ceesar", key=key)
    keeping.ready("dev-gamma")
    private = tmp_path / "key.pem"
    private.touch(mode=0o600)
    private.write_bytes(key.pem)
    done = gate(keeping, "ceesar/dev-gamma", PROVEOUT_KEY=str(private))
    assert done.returncode == 0, done.stdout + done.stderr
    (envelope,) = tmp_path.glob("reports/gate-*/decision.dsse.json")
    assert opened(envelope.read_bytes(), {key.public.keyid: key.public}).signers == (key.public.keyid,)


def test_explain_shows_every_line_with_its_evidence(ceesar):
    ceesar.ready("dev-gamma")
    said = gate(ceesar, "ceesar/dev-gamma", "--explain").stdout
    assert "PASS  The records are whole and can be believed" in said
    assert "PASS  All smoke tests pass in dev   20/20" in said
    assert "evidence: 000001-" in said
    assert "3 h old  ceesar/dev  live  PASS" in said
    assert "\x1b" not in said


def test_programs_get_the_summary_alone_on_standard_output(ceesar):
    done = gate(ceesar, "ceesar/dev-gamma", "--json")
    assert json.loads(done.stdout)["predicateType"] == SUMMARY
    assert "copies: " in done.stderr
    assert done.returncode == 20


def test_another_release_than_the_one_that_was_verified_holds(ceesar):
    ceesar.ready("dev-gamma")
    assert gate(ceesar, "ceesar/dev-gamma", "--release", "1.4.2").returncode == 0
    assert gate(ceesar, "ceesar/dev-gamma", "--release", f"sha256:{NEW}").returncode == 0
    done = gate(ceesar, "ceesar/dev-gamma", "--release", "1.4.3")
    assert done.returncode == 20
    assert "1.4.3 is to be promoted, the newest run found version 1.4.2" in done.stdout


def test_a_rehearsal_does_not_rest_on_live_evidence(ceesar):
    ceesar.ready("dev-gamma")
    done = gate(ceesar, "ceesar/dev-gamma", "--rehearse")
    assert done.returncode == 20
    assert "rehearsal: promotes nothing" in done.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "gate: which one?"),
        (("ceesar/dev-gama",), "did you mean ceesar/dev-gamma"),
        (("",), 'there is no gate ""'),
        (("ceesar/dev-gamma", "--release", ""), "--release is given but empty"),
        (("ceesar/dev-gamma", "--rehearse", "--then", "true"), "a rehearsal promotes nothing"),
        (("ceesar/dev-gamma", "--then"), "--then: no command follows"),
        (("ceesar/dev-gamma", "--then", ""), "--then: no command follows"),
        (("--list", "ceesar/dev-gamma"), "the list is of all gates"),
    ],
)
def test_what_makes_no_sense_is_a_mistake_with_exit_2(ceesar, words, says):
    done = gate(ceesar, *words)
    assert done.returncode == 2
    assert says in done.stderr
    assert "next: " in done.stderr
    assert records(ceesar, "decision") == []


def test_a_key_variable_that_is_set_but_empty_is_a_mistake(ceesar):
    done = gate(ceesar, "ceesar/dev-gamma", PROVEOUT_KEY="")
    assert done.returncode == 2
    assert "PROVEOUT_KEY is set but empty" in done.stderr


def test_a_damaged_store_holds_whatever_it_says(ceesar):
    ceesar.ready("dev-gamma")
    (file,) = ceesar.store.folder.glob("000001-*.json")
    file.write_bytes(file.read_bytes().replace(b"passed", b"passee"))
    done = gate(ceesar, "ceesar/dev-gamma")
    assert done.returncode == 20
    assert "HOLD  The records are whole and can be believed" in done.stdout


def test_the_list_shows_what_each_gate_said_last(ceesar):
    said = gate(ceesar, "--list").stdout
    assert "ceesar/dev-gamma" in said
    assert said.count("none") == 2
    ceesar.ready("dev-gamma")
    gate(ceesar, "ceesar/dev-gamma", "--rehearse")
    assert "HOLD (rehearsal)" in gate(ceesar, "--list").stdout
    gate(ceesar, "ceesar/dev-gamma")
    assert json.loads(gate(ceesar, "--list", "--json").stdout)["ceesar/dev-gamma"]["word"] == "PASS"


def test_after_a_pass_the_command_runs_knows_what_it_promotes_and_is_recorded(ceesar):
    ceesar.ready("dev-gamma")
    deploy = script(ceesar, 'echo "$1 $PROVEOUT_GATE $PROVEOUT_VERSION $PROVEOUT_ARTIFACT"')
    done = gate(ceesar, "ceesar/dev-gamma", "--then", deploy, "--to gamma; exit 3")
    assert done.returncode == 0, done.stderr
    assert f"--to gamma; exit 3 ceesar/dev-gamma 1.4.2 sha256:{NEW}\n" in done.stdout
    ended, begun = (record["predicate"] for record in records(ceesar, "promotion"))
    assert begun["command"] == [deploy, "--to gamma; exit 3"]
    assert (begun["ended"], begun["exit"]) == (None, None)
    assert ended["exit"] == 0
    assert ended["begun"] <= ended["ended"]
    decision = next(entry for entry in ceesar.store.snapshot().newest_first() if entry.kind == "decision")
    assert ended["decision"] == {"sha256": decision.sha256}
    assert proveout("verify", "evidence", cwd=ceesar.folder).returncode == 0


def test_the_exit_code_of_a_command_that_fails_is_recorded_and_handed_on(ceesar):
    ceesar.ready("dev-gamma")
    assert gate(ceesar, "ceesar/dev-gamma", "--then", script(ceesar, "exit 7")).returncode == 7
    assert records(ceesar, "promotion")[0]["predicate"]["exit"] == 7
    assert gate(ceesar, "ceesar/dev-gamma", "--then", script(ceesar, "kill -9 $$")).returncode == 137
    assert gate(ceesar, "ceesar/dev-gamma", "--then", "./nowhere").returncode == 127
    assert records(ceesar, "promotion")[0]["predicate"]["exit"] == 127


def test_without_a_pass_nothing_runs(ceesar):
    deploy = script(ceesar, "touch deployed")
    assert gate(ceesar, "ceesar/dev-gamma", "--then", deploy).returncode == 20
    assert not (ceesar.folder / "deployed").exists()
    assert records(ceesar, "promotion") == []


def test_a_decision_that_cannot_be_recorded_promotes_nothing(ceesar):
    ceesar.ready("dev-gamma")
    (ceesar.store.folder / "stray.txt").write_text("x")
    assert gate(ceesar, "ceesar/dev-gamma", "--then", script(ceesar, "touch deployed")).returncode == 20
    assert not (ceesar.folder / "deployed").exists()


def test_an_end_that_cannot_be_recorded_is_said_loudly_and_is_no_success(ceesar):
    ceesar.ready("dev-gamma")
    done = gate(ceesar, "ceesar/dev-gamma", "--then", script(ceesar, "echo x >> evidence/index.jsonl"))
    assert done.returncode == 20
    assert "NOT ON RECORD: ./deploy.sh ended with exit code 0" in done.stderr


def test_a_secret_in_the_command_is_masked_on_record(ceesar):
    ceesar.ready("dev-gamma")
    key = "a-key-nobody-may-see-77"
    done = gate(ceesar, "ceesar/dev-gamma", "--then", "echo", f"--token={key}", GEMINI_API_KEY=key)
    assert f"--token={key}" in done.stdout
    assert records(ceesar, "promotion")[0]["predicate"]["command"] == ["echo", "--token=[secret]"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_handed_on_and_how_the_command_ended_is_recorded(ceesar, number):
    ceesar.ready("dev-gamma")
    deploy = script(ceesar, "trap 'exit 9' TERM HUP\necho ready > ready\nwhile :; do sleep 0.05; done")
    words = [Path(sys.executable).with_name("proveout"), "gate", "ceesar/dev-gamma", "--then", deploy]
    process = subprocess.Popen(words, cwd=ceesar.folder, env=surroundings(), stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while not (ceesar.folder / "ready").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(process.pid, number)
    assert process.wait(timeout=10) == 9
    assert records(ceesar, "promotion")[0]["predicate"]["exit"] == 9


def test_claims_of_kind_rule_name_the_gates_that_decide_them(ceesar):
    rows = json.loads(proveout("claims", "--json", cwd=ceesar.folder).stdout)
    gates = {row["id"]: row["gates"] for row in rows if row["kind"] == "rule"}
    assert all(gates.values())
    assert gates["CC-CHK-SMOKE"] == ["ceesar/gamma-prod"]
    assert not any(row["gates"] for row in rows if row["kind"] == "check")
    assert "gamma-prod" in proveout("claims", cwd=ceesar.folder).stdout
    assert "| ceesar/gamma-prod |" in proveout("claims", "--markdown", cwd=ceesar.folder).stdout
