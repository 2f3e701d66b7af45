"""Consent to one release at one gate: who may give it, how long it holds, and what makes it void."""

import json
import shutil
from datetime import timedelta

import pytest

from machinery.gatekeeping import NEW, OTHER, Gatekeeping
from machinery.mutations import mutations
from proveout.evidence.envelope import opened, signed
from proveout.evidence.key import Key, trusted
from proveout.gates.approvals import LONGEST, Approval, approve
from proveout.gates.context import Context
from proveout.gates.endings import EndOfApproval, of_record
from proveout.gates.records import Records
from proveout.gates.rules import judge
from proveout.model.mistake import UserError
from proveout.model.verdict import Word

EDGE = "gamma-prod"
DAY = 86400.0


@pytest.fixture
def ceesar(tmp_path):
    """Everything is ready for prod, but nobody has approved."""
    return without_approval(tmp_path)


def without_approval(folder, **options):
    keeping = Gatekeeping(folder / "ceesar", "ceesar", **options)
    keeping.approve = lambda *_, **__: None
    keeping.ready(EDGE)
    return keeping


def consent(keeping, *, hours=2.0, edge=EDGE, **changes):
    usual = {"by": "Bea Boss", "authors": ["Ann Author"], "reason": "agreed upon in the weekly meeting"}
    gate = keeping.catalogue.gate(f"{keeping.system}/{edge}")
    return approve(keeping.catalogue, gate, keeping.ledger(keeping.ago(hours=hours)), **usual | changes)


def withdraw(keeping, entry, *, hours=1.0, by="Bea Boss"):
    def made(records, given):
        reason = "the figures were wrong"
        return of_record(EndOfApproval, records, keeping.system, entry.id, given=given, by=by, reason=reason)

    return keeping.ledger(keeping.ago(hours=hours)).add(made)


def put(keeping, approval, *, hours=2.0, key=None, **changes):
    """Store an approval that nobody could have given, in its place."""
    head = keeping.store.snapshot().head
    changed = Approval.model_validate(approval.model_dump() | {"head": head} | changes)
    body = json.dumps(changed.statement).encode()
    body = signed(body, key) if key else body
    return keeping.store.add("approval", body, changed.facts, now=keeping.ago(hours=hours))


def line(keeping, **options):
    (found,) = [each for each in keeping.decide(EDGE, **options).lines if each.needs == "approval"]
    return found


def judged(keeping):
    """The line alone, without what the other rules come to."""
    gate = keeping.catalogue.gate(f"{keeping.system}/{EDGE}")
    (rule,) = [each for each in gate.rules if each.needs == "approval"]
    records = Records(keeping.store.snapshot(), trusted(keeping.directory), keeping.now)
    return judge(rule, Context(keeping.catalogue, gate, records, keeping.now))


def held(keeping, text, **options):
    """Whether the gate holds for the one reason that the text tells."""
    found = line(keeping, **options)
    return found.word is Word.HOLD and text in " ".join(found.reasons)


def test_a_consent_lets_the_gate_pass_and_the_decision_rests_on_it(ceesar):
    assert held(ceesar, "no approval is on record")
    entry, _ = consent(ceesar)
    decision = ceesar.decide(EDGE)
    assert decision.word is Word.PASS
    assert entry in decision.used
    assert line(ceesar).used == (entry,)


def test_the_line_names_the_command(ceesar):
    assert line(ceesar).next[0].startswith("proveout approve ceesar/gamma-prod --by NAME")


def test_an_approval_says_what_was_seen(ceesar):
    before = ceesar.store.snapshot()
    live = [
        e.name
        for e in before.newest_first()
        if (e.facts.get("environment"), e.facts.get("provenance")) == ("ceesar/gamma", "live")
    ]
    entry, approval = consent(ceesar)
    assert (approval.head, entry.number) == (before.head, before.head + 1)
    assert [run.uri for run in approval.runs] == live
    assert approval.release.artifact == NEW
    assert set(approval.definitions) == {"ceesar/gamma", "ceesar/prod"}


def test_without_an_expiry_it_holds_as_long_as_an_approval_may(ceesar):
    _, approval = consent(ceesar)
    assert approval.expires == (ceesar.ago(hours=2) + timedelta(seconds=LONGEST)).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )


# who, why, how long


@pytest.mark.parametrize(
    ("by", "authors"),
    [
        ("Ann", ["Ann"]),
        ("ann", ["Bob", "ANN"]),
        ("Ann <ann@example.org>", ["ann@example.org"]),
        ("ann@example.org", ["Ann <ann@example.org>"]),
        ("Ann", ["Ann <ann@example.org>"]),
    ],
)
def test_an_author_cannot_approve(ceesar, by, authors):
    with pytest.raises(UserError, match="nobody approves what is their own"):
        consent(ceesar, by=by, authors=authors)
    assert held(ceesar, "no approval")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"reason": ""}, "--reason '': it is empty"),
        ({"reason": "ok"}, "--reason 'ok': too short"),
        ({"reason": "1234567890"}, "too short"),
        ({"reason": "two lines\nof a reason"}, "one line of printable text"),
        ({"reason": "a reason \x1b[2J with a control"}, "printable"),
        ({"reason": "long " * 300}, "at most 1000"),
        ({"by": ""}, "--by '': it is empty"),
        ({"by": "..."}, "names nobody"),
        ({"authors": []}, "--author"),
        ({"authors": [""]}, "--author '': it is empty"),
        ({"span": LONGEST + 1}, "at most 14 d"),
        ({"span": 0.5}, "over at once"),
        ({"edge": "dev-gamma"}, "asks for no approval"),
    ],
)
def test_a_consent_that_says_too_little_or_too_much_is_refused(ceesar, changes, text):
    head = ceesar.store.snapshot().head
    with pytest.raises(UserError, match=text) as error:
        consent(ceesar, **changes)
    assert "\nnext: " in str(error.value)
    assert ceesar.store.snapshot().head == head


def test_what_nobody_has_looked_at_cannot_be_approved(tmp_path):
    empty = Gatekeeping(tmp_path, "ceesar")
    with pytest.raises(UserError, match="no run found out what runs there"):
        consent(empty)


def test_a_label_that_moves_cannot_be_approved_without_a_digest(ceesar):
    ceesar.run("gamma", version="latest", artifact=None, ended=ceesar.ago(hours=2.5))
    with pytest.raises(UserError, match="a label that moves"):
        consent(ceesar)


def test_nothing_is_approved_on_records_that_are_not_whole(ceesar):
    newest = next(ceesar.store.snapshot().newest_first())
    (ceesar.store.folder / newest.name).unlink()
    with pytest.raises(UserError, match="nothing was recorded"):
        consent(ceesar)


def test_a_clock_far_behind_the_records_approves_nothing(ceesar):
    with pytest.raises(UserError, match="later than now"):
        consent(ceesar, hours=24)


def test_an_approval_expires(ceesar):
    consent(ceesar, span=3 * 3600)
    assert line(ceesar).word is Word.PASS
    ceesar.now += timedelta(hours=1)
    assert held(ceesar, "expired at 2026-11-22T13:00:00Z")


def test_an_approval_that_expired_long_ago_is_none(ceesar):
    consent(ceesar)
    ceesar.now += timedelta(days=20)
    assert held(ceesar, "no approval is on record that has not expired")


# what it is bound to


def test_consent_to_one_version_is_none_to_another(ceesar):
    consent(ceesar)
    ceesar.run(
        "gamma", ceesar.claims("gamma", "smoke"), artifact=OTHER, version="1.4.3", ended=ceesar.ago(hours=1)
    )
    assert held(ceesar, "is about version 1.4.2")


def test_consent_to_a_version_is_none_to_another_build_of_it(ceesar):
    consent(ceesar)
    ceesar.run("gamma", ceesar.claims("gamma", "smoke"), artifact=OTHER, ended=ceesar.ago(hours=1))
    assert held(ceesar, "is about version 1.4.2")


@pytest.mark.parametrize(
    "file", ["gates.toml", "claims.toml", "gamma/environment.toml", "prod/environment.toml"]
)
def test_a_changed_definition_asks_for_consent_anew(ceesar, file):
    consent(ceesar)
    path = ceesar.directory / file
    path.write_text(path.read_text() + "# reviewed\n")
    ceesar.reload()
    assert held(ceesar, "before a definition or the gate was changed")


def test_a_definition_of_neither_end_changes_nothing(ceesar):
    consent(ceesar)
    path = ceesar.directory / "dev" / "environment.toml"
    path.write_text(path.read_text() + "# reviewed\n")
    ceesar.reload()
    assert line(ceesar).word is Word.PASS


def test_consent_for_a_rehearsal_promotes_nothing(ceesar):
    ceesar.run("gamma", ceesar.claims("gamma", "smoke"), provenance="reference", ended=ceesar.ago(hours=2.5))
    consent(ceesar, rehearsal=True)
    assert line(ceesar, rehearsal=True).word is Word.PASS
    assert held(ceesar, "is for a rehearsal")


def test_consent_to_a_promotion_is_none_to_a_rehearsal(ceesar):
    ceesar.run("gamma", ceesar.claims("gamma", "smoke"), provenance="reference", ended=ceesar.ago(hours=2.5))
    consent(ceesar)
    assert line(ceesar).word is Word.PASS
    assert held(ceesar, "not for a rehearsal", rehearsal=True)


# new failing results


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
