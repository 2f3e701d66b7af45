"""A decision is held against the records it rests on: there, as they were, signed by who is trusted."""

import json
import shutil

import pytest

from machinery.statements import decision, run_statement, stored_run
from proveout.evidence.check import Check
from proveout.evidence.envelope import signed
from proveout.evidence.key import Key
from proveout.evidence.store import Store

KEY, OTHER = Key.new(), Key.new()
RUN = run_statement()


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "evidence")
    store.runs = [stored_run(store, signed(body, KEY), body) for body in (RUN, run_statement(run="second"))]
    return store


def checked(store, path=None, keys=(KEY,)):
    """Return what is found of a path, the store itself if none is named, by what it is found of."""
    trusted = {key.public.keyid: key.public for key in keys}
    check = Check(lambda system: trusted if system == "demo" else {}, store.folder)
    return {finding.what: finding for finding in check.path(path or store.folder)}


def test_a_decision_whose_records_are_as_they_were_is_whole(store):
    entry = store.add("decision", signed(decision(store.runs), KEY), {})
    found = checked(store)[entry.id]
    assert found.whole
    assert found.text == (
        f"decision PASSED, rests on 2 records, each as it was, signed by {KEY.public.keyid[:12]}"
    )


def test_a_record_that_was_changed_takes_the_decision_with_it(store):
    entry = store.add("decision", signed(decision(store.runs), KEY), {})
    (store.folder / store.runs[0].name).write_bytes(signed(RUN, OTHER))
    found = checked(store)[entry.id]
    assert not found.whole
    assert "is not what was stored" in found.text


def test_a_record_that_nobody_trusted_signed_takes_the_decision_with_it(store):
    for body, said in ((run_statement(run="third"), "not signed"), (signed(RUN, OTHER), "no trusted key")):
        loose = store.add("run", body, stored_facts(store))
        entry = store.add("decision", signed(decision([loose]), KEY), {})
        found = checked(store)[entry.id]
        assert not found.whole
        assert f"it rests on {loose.id}: " in found.text
        assert said in found.text


def stored_facts(store):
    return next(store.snapshot().newest_first("run")).facts


def test_a_record_about_a_system_without_keys_is_no_way_round_those_of_the_decision(store):
    foreign = run_statement(environment="other/dev")
    loose = stored_run(store, foreign)
    assert checked(store)[loose.id].whole
    entry = store.add("decision", signed(decision([loose]), KEY), {})
    assert not checked(store)[entry.id].whole


def test_a_decision_in_a_file_is_held_against_the_store(store, tmp_path):
    path = tmp_path / "decision.dsse.json"
    path.write_bytes(signed(decision(store.runs), KEY))
    assert checked(store, path)[str(path)].whole
    shutil.rmtree(store.folder)
    found = checked(store, path)[str(path)]
    assert (found.whole, "does not hold" in found.text) == (False, True)


@pytest.mark.parametrize(
    "inputs", [None, "x", [{}], [5], [{"digest": {"sha256": 5}}], [{"digest": {"sha256": "../x"}}]]
)
def test_a_decision_that_does_not_say_what_it_rests_on_is_not_whole(store, tmp_path, inputs):
    content = json.loads(decision([]))
    content["predicate"]["inputAttestations"] = inputs
    path = tmp_path / "decision.json"
    path.write_bytes(signed(json.dumps(content).encode(), KEY))
    assert not checked(store, path)[str(path)].whole


@pytest.mark.parametrize("result", [None, "WARNED", "passed", True, [], {}])
def test_a_decision_without_a_published_result_is_not_whole(store, tmp_path, result):
    content = json.loads(decision(store.runs))
    content["predicate"]["verificationResult"] = result
    path = tmp_path / "decision.json"
    path.write_bytes(signed(json.dumps(content).encode(), KEY))
    assert not checked(store, path)[str(path)].whole
