"""A decision on record, judged again offline by `proveout verify`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from proveout.evidence.malformed import Malformed
from proveout.gates.replay import replayed
from proveout.gates.summary import EXTENSION, statement


def verify(keeping, *words):
    command = [
        Path(sys.executable).with_name("proveout"),
        "verify",
        "--root",
        str(keeping.folder),
        *map(str, words),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def decided(ceesar):
    ceesar.ready("dev-gamma")
    ceesar.decide_on_record("dev-gamma")
    return ceesar


def test_the_same_records_come_to_the_same_word(decided):
    code, text = verify(decided, decided.store.folder)
    assert code == 0, text
    assert "judged again: PASS 36/36" in text


def test_a_failure_that_came_later_changes_nothing_of_what_was_decided(decided):
    decided.run("dev", failed=("CC-HL-STATUS",))
    code, text = verify(decided, decided.store.folder)
    assert (code, "judged again: PASS 36/36" in text) == (0, True)


def test_a_pass_that_the_records_do_not_give_is_found(ceesar):
    """A decision written by hand: it contradicts nothing in itself, but the records hold another verdict."""
    ceesar.ready("dev-gamma")
    content = statement(ceesar.decide("dev-gamma"))
    ceesar.run("dev", failed=("CC-HL-STATUS",))
    content["predicate"][EXTENSION]["head"] += 1
    with pytest.raises(Malformed, match="judged again it is FAIL"):
        replayed(ceesar.catalogue, ceesar.store.snapshot(), content)


@pytest.mark.parametrize("head", [99, -1, "3", None])
def test_one_that_knew_records_that_are_not_there_is_found(decided, head):
    content = statement(decided.decide("dev-gamma"))
    content["predicate"][EXTENSION]["head"] = head
    with pytest.raises(Malformed, match="records"):
        replayed(decided.catalogue, decided.store.snapshot(), content)


def test_under_other_definitions_it_is_said_that_nothing_was_judged(decided):
    gates = decided.directory / "gates.toml"
    gates.write_text(gates.read_text() + "# reviewed\n")
    code, text = verify(decided, decided.store.folder)
    assert (code, "the definitions are others by now" in text) == (0, True)


def test_a_single_decision_is_judged_too(decided):
    file = max(decided.store.folder.glob("0*.json"))
    assert json.loads(file.read_text())["predicateType"].startswith("https://slsa.dev")
    copy = decided.folder / "decision.json"
    copy.write_bytes(file.read_bytes())
    (decided.folder / "pyproject.toml").write_text('[tool.pytest]\nproveout_evidence = "evidence"\n')
    code, text = verify(decided, copy)
    assert (code, "judged again: PASS 36/36" in text) == (0, True), text
