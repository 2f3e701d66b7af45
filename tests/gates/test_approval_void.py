"""What makes a consent void, what takes it back, and what nobody could have given."""

import json
import shutil

import pytest

from machinery.approving import EDGE, consent, held, judged, line, put, withdraw, without_approval
from machinery.gatekeeping import OTHER
from machinery.mutations import mutations
from proveout.evidence.envelope import opened, signed
from proveout.evidence.key import Key
from proveout.gates.approvals import Approval
from proveout.model.mistake import UserError
from proveout.model.verdict import Word


@pytest.fixture
def ceesar(tmp_path):
    """Everything is ready for prod, but nobody has approved."""
    return without_approval(tmp_path)


@pytest.mark.parametrize("how", ["a claim", "the environment", "a check of a rule", "another definition"])
def test_a_new_failing_result_voids_a_consent(ceesar, how):
    consent(ceesar)
    claim = ceesar.claims("gamma", "smoke")[0]
    trouble = {"word": "FAIL", "reason": "it does not answer", "kind": ""}
    content = {
        "a claim": lambda: ceesar.statement("gamma", failed=(claim,), ended=ceesar.ago(hours=1)),
        "the environment": lambda: ceesar.statement("gamma", troubles=(trouble,), ended=ceesar.ago(hours=1)),
        "a check of a rule": lambda: _with_failed_attempt(ceesar),
        "another definition": lambda: _of_another_definition(ceesar, claim),
    }[how]()
    failing = ceesar.put(content)
    assert held(ceesar, f"void: a new failing result, run {failing.id}; approve again")
    consent(ceesar, hours=0.5)
    assert line(ceesar).word is Word.PASS


def _with_failed_attempt(keeping):
    content = keeping.statement("gamma", keeping.claims("gamma", "smoke"), ended=keeping.ago(hours=1))
    extension = content["predicate"]["urn:x-proveout:run:v1"]
    failed = {"claims": ["CC-TEST-PERF"], "ending": "failed"}
    extension["attempts"].append(extension["attempts"][0] | failed)
    extension["verdict"] |= {"word": "HOLD"}
    content["predicate"]["result"] = "FAILED"
    return content


def _of_another_definition(keeping, claim):
    path = keeping.directory / "gamma" / "environment.toml"
    before = path.read_text()
    path.write_text(before + "# tried out\n")
    keeping.reload()
    content = keeping.statement("gamma", failed=(claim,), ended=keeping.ago(hours=1))
    path.write_text(before)
    keeping.reload()
    return content


def test_a_failing_result_of_unknown_version_voids_a_consent_too(ceesar):
    consent(ceesar)
    claim = ceesar.claims("gamma", "smoke")[0]
    ceesar.run("gamma", failed=(claim,), version=None, artifact=None, ended=ceesar.ago(hours=1))
    ceesar.run("gamma", ceesar.claims("gamma", "smoke"), ended=ceesar.ago(hours=0.9))
    assert held(ceesar, "void: a new failing result")


def test_a_run_that_was_stored_later_voids_a_consent_although_it_ended_before(ceesar):
    consent(ceesar)
    claim = ceesar.claims("gamma", "smoke")[0]
    content = ceesar.statement("gamma", failed=(claim,), ended=ceesar.ago(hours=2.5))
    ceesar.put(content, now=ceesar.ago(hours=1))
    assert held(ceesar, "void: a new failing result")


def test_a_later_pass_does_not_bring_a_void_consent_back(ceesar):
    consent(ceesar)
    claims = ceesar.claims("gamma", "smoke")
    ceesar.run("gamma", failed=claims[:1], ended=ceesar.ago(hours=1))
    ceesar.run("gamma", claims, ended=ceesar.ago(hours=0.5))
    assert held(ceesar, "void: a new failing result")


@pytest.mark.parametrize(
    ("where", "changes"),
    [
        ("gamma", {"provenance": "reference"}),
        ("gamma", {"artifact": OTHER, "version": "1.4.1"}),
        ("prod", {}),
    ],
)
def test_what_fails_elsewhere_or_of_another_version_voids_nothing(ceesar, where, changes):
    consent(ceesar)
    claims = ceesar.claims(where, "smoke")
    ceesar.run(where, failed=claims[:1], ended=ceesar.ago(hours=1), **changes)
    ceesar.run("gamma", ceesar.claims("gamma", "smoke"), ended=ceesar.ago(hours=0.5))
    assert line(ceesar).word is Word.PASS


# several, and taking one back


def test_of_two_approvals_the_newest_that_counts_is_used(ceesar):
    first, _ = consent(ceesar, hours=2)
    second, _ = consent(ceesar, hours=1.5, by="Cy Chief")
    assert line(ceesar).used == (second,)
    withdraw(ceesar, second, by="Cy Chief")
    assert line(ceesar).used == (first,)


def test_a_consent_that_was_taken_back_does_not_count(ceesar):
    entry, _ = consent(ceesar)
    withdraw(ceesar, entry)
    assert held(ceesar, f"approval {entry.id} was taken back by Bea Boss: the figures were wrong")
    with pytest.raises(UserError, match="was ended at"):
        withdraw(ceesar, entry, hours=0.5)


def test_only_an_approval_on_record_can_be_taken_back(ceesar):
    entry, _ = consent(ceesar)
    run = next(e for e in ceesar.store.snapshot().newest_first() if e.kind == "run")
    with pytest.raises(UserError, match="there is no approval"):
        withdraw(ceesar, run)
    assert line(ceesar).used == (entry,)


# what nobody could have given


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"by": "Ann Author"}, "an author"),
        ({"expires": "2027-11-22T10:00:00Z"}, "holds for longer than 14 d"),
        ({"expires": "2026-11-22T10:00:00Z"}, "holds for longer"),
        ({"definitions": {"ceesar/gamma": "0" * 64, "ceesar/prod": "0" * 64}}, "definition or the gate"),
        ({"definitions": {}}, "definition or the gate"),
        ({"release": {"version": "1.4.2", "artifact": None}}, "is about version 1.4.2, in question"),
        ({"runs": [{"uri": "000001-000000000000.json", "digest": {"sha256": "0" * 64}}]}, "not on record"),
        ({"head": 3}, "stored out of its place"),
        ({"given": "2026-11-22T09:00:00Z"}, "was stored at"),
    ],
)
def test_a_consent_that_nobody_could_have_given_holds_the_gate(ceesar, tmp_path, changes, text):
    template = without_approval(tmp_path / "another")
    _, approval = consent(template)
    put(ceesar, approval, **changes)
    found = ceesar.decide(EDGE)
    told = " ".join(reason for each in found.lines for reason in each.reasons)
    assert found.word is Word.HOLD
    assert line(ceesar).word is Word.HOLD
    assert text in told


def test_the_same_approval_a_second_time_holds_the_gate(ceesar):
    entry, _ = consent(ceesar)
    body = (ceesar.store.folder / entry.name).read_bytes() + b"\n"
    ceesar.store.add("approval", body, entry.facts, now=ceesar.ago(hours=2))
    decision = ceesar.decide(EDGE)
    assert decision.word is Word.HOLD
    assert any("stored out of its place" in reason for each in decision.lines for reason in each.reasons)


def test_an_approval_that_is_no_text_of_ours_holds_the_gate(ceesar):
    ceesar.store.add("approval", b"\x00\xff", {"gate": "ceesar/gamma-prod"}, now=ceesar.ago(hours=2))
    assert ceesar.decide(EDGE).word is Word.HOLD
    assert held(ceesar, "cannot be believed")


# signatures


def test_where_keys_are_trusted_only_what_one_of_them_signed_counts(tmp_path):
    key = Key.new()
    ceesar = without_approval(tmp_path, key=key)
    entry, approval = consent(ceesar)
    assert ceesar.decide(EDGE).word is Word.PASS
    withdraw(ceesar, entry)
    for stranger in (None, Key.new()):
        put(ceesar, approval, hours=2, key=stranger, given="2026-11-22T11:00:00Z")
        assert held(ceesar, "is signed by nobody who is trusted")


@pytest.mark.parametrize("key", [None, Key.new()])
def test_nothing_is_recorded_with_a_key_that_does_not_count(tmp_path, key):
    ceesar = without_approval(tmp_path, key=Key.new())
    ceesar.key = key
    with pytest.raises(UserError, match="PROVEOUT_KEY"):
        consent(ceesar)


# every part of it, changed


@pytest.mark.parametrize("signing", [False, True])
def test_no_changed_part_of_an_approval_leaves_it_counting(tmp_path, signing):
    """Unsigned, the index tells what it said; signed, not even an index that tells the same helps."""
    ceesar = without_approval(tmp_path, key=Key.new() if signing else None)
    pristine = tmp_path / "pristine"
    shutil.copytree(ceesar.store.folder, pristine)
    entry, _ = consent(ceesar)
    body = (ceesar.store.folder / entry.name).read_bytes()
    statement = json.loads(opened(body, {}).payload)
    tried, counted = 0, []
    for name, changed in [("nothing", statement), *mutations(statement)]:
        shutil.rmtree(ceesar.store.folder)
        shutil.copytree(pristine, ceesar.store.folder)
        stored = (json.dumps(changed, indent=2, ensure_ascii=False) + "\n").encode()
        facts = entry.facts
        if signing:
            signature = json.loads(body)["signatures"]
            facts = _facts(changed) or facts
            stored = json.dumps(json.loads(signed(stored, Key.new())) | {"signatures": signature}).encode()
        ceesar.store.add("approval", stored, facts, now=ceesar.ago(hours=2))
        tried += 1
        if judged(ceesar).word is Word.PASS:
            counted.append(name)
    assert counted == ["nothing"]
    assert tried > 500


def _facts(changed):
    try:
        return Approval.model_validate(changed["predicate"]).facts
    except (ValueError, KeyError, TypeError):
        return None
