"""Waivers: a failing claim set aside for a while; whoever forgets one is told, and nothing else is waived."""

import json
import shutil
from datetime import timedelta

import pytest

from machinery.gatekeeping import Gatekeeping
from machinery.mutations import mutations
from machinery.waiving import ANOTHER, CLAIM, DAY, EDGE, IDENTITY, RULE, end, failing, put, set_aside
from proveout.evidence.envelope import opened, signed
from proveout.evidence.key import Key, trusted
from proveout.gates import waivers
from proveout.gates.context import Context
from proveout.gates.endings import EndOfWaiver
from proveout.gates.records import Records
from proveout.gates.waivers import Waiver
from proveout.model.mistake import UserError
from proveout.model.verdict import Word


@pytest.fixture
def gaia(tmp_path):
    """A claim of dev fails; all else is ready for staging."""
    return failing(tmp_path)


def test_a_waiver_sets_a_failing_claim_aside_and_the_decision_says_so(gaia):
    assert gaia.decide(EDGE).word is Word.FAIL
    entry, waiver = set_aside(gaia)
    decision = gaia.decide(EDGE)
    assert decision.word is Word.PASS
    assert f"waived: {CLAIM} (until {waiver.expires}, Ann Smith, #17)" in str(decision.verdict)
    assert entry in decision.used


def test_another_failing_claim_is_not_set_aside(gaia):
    gaia.run("dev", failed=(ANOTHER,), ended=gaia.ago(hours=1.5))
    set_aside(gaia)
    decision = gaia.decide(EDGE)
    assert decision.word is Word.FAIL
    assert ANOTHER in " ".join(decision.verdict.reasons)


def test_the_claim_of_another_environment_is_not_set_aside(gaia):
    set_aside(gaia, where="staging")
    assert gaia.decide(EDGE).word is Word.FAIL


def test_an_environment_that_is_down_is_not_set_aside(gaia):
    set_aside(gaia)
    trouble = {"word": "FAIL", "reason": "it does not answer", "kind": ""}
    gaia.run("dev", troubles=(trouble,), ended=gaia.ago(hours=0.5))
    assert gaia.decide(EDGE).word is Word.FAIL


def test_what_the_gate_does_not_ask_is_left_alone(gaia):
    set_aside(gaia)
    set_aside(gaia, "GAIA-LOG-OUTPUT-PROD", where="prod")
    assert gaia.decide(EDGE).word is Word.PASS


def test_missing_evidence_is_not_waived(tmp_path):
    gaia = Gatekeeping(tmp_path / "gaia", "gaia")
    gaia.alter = lambda _, run: run | {"proven": tuple(c for c in run["proven"] if c != CLAIM)}
    gaia.ready(EDGE)
    set_aside(gaia)
    decision = gaia.decide(EDGE)
    assert decision.word is Word.HOLD
    assert CLAIM in " ".join(decision.verdict.reasons)


# a waiver that nobody needs any more


def test_a_waiver_that_waives_nothing_is_an_error(tmp_path):
    gaia = failing(tmp_path, claim=None)
    entry, _ = set_aside(gaia)
    with pytest.raises(UserError, match=f"waives nothing.*\nnext: proveout waive --end {entry.id}"):
        gaia.decide(EDGE)


def test_a_claim_that_was_mended_asks_for_the_end_of_its_waiver(gaia):
    entry, _ = set_aside(gaia)
    gaia.run("dev", gaia.claims("dev", "regression"), ended=gaia.ago(minutes=40))
    with pytest.raises(UserError, match="waives nothing: the claim does not fail"):
        gaia.decide(EDGE)
    end(gaia, entry.id)
    assert gaia.decide(EDGE).word is Word.PASS


def test_once_it_has_ended_a_waiver_waives_nothing_and_is_no_error(gaia):
    entry, _ = set_aside(gaia)
    end(gaia, entry.id)
    assert gaia.decide(EDGE).word is Word.FAIL
    with pytest.raises(UserError, match="was ended at 2026-11-22T11:30:00Z by Ann Smith"):
        end(gaia, entry.id, hours=0.2)


def test_a_waiver_is_ended_by_its_number_too(gaia):
    entry, _ = set_aside(gaia)
    end(gaia, str(entry.number))
    assert gaia.decide(EDGE).word is Word.FAIL


@pytest.mark.parametrize("name", ["000099-000000000000", "1", "", "waiver"])
def test_only_a_waiver_on_record_can_be_ended(gaia, name):
    set_aside(gaia)
    with pytest.raises(UserError, match="there is no waiver"):
        end(gaia, name)


def test_an_expired_waiver_is_an_error_until_somebody_ends_it(gaia):
    entry, _ = set_aside(gaia, span=1800.0)
    with pytest.raises(
        UserError, match=f"expired at 2026-11-22T11:30:00Z\nnext: proveout waive --end {entry.id}"
    ):
        gaia.decide(EDGE)
    end(gaia, entry.id, hours=0.2)
    assert gaia.decide(EDGE).word is Word.FAIL


def test_an_expired_waiver_is_an_error_years_later(gaia):
    set_aside(gaia)
    gaia.now += timedelta(days=800)
    with pytest.raises(UserError, match="expired at"):
        gaia.decide(EDGE)


def test_a_changed_definition_ends_what_a_waiver_was_given_for(gaia):
    set_aside(gaia)
    path = gaia.directory / "dev" / "environment.toml"
    path.write_text(path.read_text() + "# reviewed\n")
    gaia.reload()
    with pytest.raises(UserError, match="the definition of gaia/dev or the gate was changed"):
        gaia.decide(EDGE)


def test_waivers_of_another_system_are_not_looked_at(tmp_path):
    gaia, ceesar = failing(tmp_path), Gatekeeping(tmp_path / "ceesar", "ceesar")
    gaia.store = ceesar.store
    set_aside(gaia, span=1800.0)
    ceesar.ready("dev-gamma")
    assert ceesar.decide("dev-gamma").word is Word.PASS


def test_in_a_rehearsal_no_waiver_has_to_waive_something(tmp_path):
    gaia = failing(tmp_path, claim=None)
    set_aside(gaia)
    tiers = ("smoke", "regression", "integration")
    both = gaia.claims("dev", *tiers) + gaia.claims("dev", *tiers, proof="twin")
    gaia.run("dev", both, provenance="reference", ended=gaia.ago(hours=0.5))
    assert gaia.decide(EDGE, rehearsal=True).word is Word.PASS


# what cannot be waived


@pytest.mark.parametrize(
    ("claim", "changes", "text"),
    [
        (IDENTITY, {}, "never_waived names it"),
        (RULE, {}, "is of kind rule"),
        (
            "GAIA-METRICS-PROMFMD",
            {},
            'there is no claim "GAIA-METRICS-PROMFMD"; did you mean GAIA-METRICS-PROMFMT',
        ),
        ("CC-HL-STATUS", {}, "there is no claim"),
        (ANOTHER, {"where": "prod"}, "not about gaia/prod, but about gaia/dev"),
        (CLAIM, {"span": 30 * DAY + 1}, "at most 30 d"),
        (CLAIM, {"span": 0.5}, "over at once"),
        (CLAIM, {"reason": "because"}, "--reason 'because': too short"),
        (CLAIM, {"reason": ""}, "--reason '': it is empty"),
        (CLAIM, {"owner": ""}, "--owner '': it is empty"),
        (CLAIM, {"owner": "?"}, "names nobody"),
        (CLAIM, {"issue": ""}, "--issue '': it is empty"),
        (CLAIM, {"issue": "#17\n"}, "one line of printable text"),
    ],
)
def test_what_cannot_be_waived_is_refused(gaia, claim, changes, text):
    head = gaia.store.snapshot().head
    with pytest.raises(UserError) as error:
        set_aside(gaia, claim, **changes)
    assert text in str(error.value)
    assert "\nnext: " in str(error.value)
    assert gaia.store.snapshot().head == head


def test_thirty_days_are_not_too_long(gaia):
    _, waiver = set_aside(gaia, span=30 * DAY)
    assert waiver.expires == "2026-12-22T11:00:00Z"
    assert gaia.decide(EDGE).word is Word.PASS


def test_the_same_is_not_waived_twice(gaia):
    entry, _ = set_aside(gaia)
    with pytest.raises(UserError, match=f"waived already by {entry.id}"):
        set_aside(gaia, hours=0.5)
    end(gaia, entry.id)
    again, _ = set_aside(gaia, hours=0.2)
    assert again in gaia.decide(EDGE).used


# what came into the store anyway


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"claim": IDENTITY}, "never_waived names it"),
        ({"claim": RULE}, "is of kind rule"),
        ({"claim": "GAIA-NO-SUCH"}, "there is no claim"),
        ({"environment": "gaia/nowhere"}, "there is no environment"),
        ({"environment": "gaia/"}, "there is no environment"),
        ({"claim": ANOTHER, "environment": "gaia/prod"}, "not about gaia/prod"),
        ({"expires": "2027-11-22T11:00:00Z"}, "at most 30 d"),
        ({"expires": "2026-12-22T11:00:01Z"}, "at most 30 d"),
        ({"expires": "2026-11-22T11:00:00Z"}, "expired"),
        ({"definition": "0" * 64}, "the definition of gaia/dev or the gate was changed"),
    ],
)
def test_a_waiver_that_nobody_could_have_given_is_an_error(gaia, tmp_path, changes, text):
    _, waiver = set_aside(failing(tmp_path / "another"))
    entry = put(gaia, waiver, **changes)
    with pytest.raises(UserError) as error:
        gaia.decide(EDGE)
    assert text in str(error.value)
    assert f"proveout waive --end {entry.id}" in str(error.value)


def test_a_waiver_of_the_future_is_an_error(gaia, tmp_path):
    another = failing(tmp_path / "another")
    _, waiver = set_aside(another)
    times = {"given": "2026-11-23T11:00:00Z", "expires": "2026-11-30T11:00:00Z"}
    put(gaia, waiver, hours=-23.0, **times)
    with pytest.raises(UserError, match="it is of the future"):
        gaia.decide(EDGE)


def test_two_waivers_for_the_same_are_an_error(gaia):
    first, waiver = set_aside(gaia)
    second = put(gaia, waiver)
    with pytest.raises(UserError, match=f"{second.id} waives the same|{first.id}"):
        gaia.decide(EDGE)
    end(gaia, second.id)
    assert gaia.decide(EDGE).word is Word.PASS


@pytest.mark.parametrize("changes", [{"head": 1}, {"given": "2026-11-22T09:00:00Z"}])
def test_a_waiver_that_was_backdated_or_moved_is_not_believed(gaia, tmp_path, changes):
    _, waiver = set_aside(failing(tmp_path / "another"))
    entry = put(gaia, waiver, **changes)
    decision = gaia.decide(EDGE)
    assert decision.word is Word.FAIL
    told = " ".join(reason for line in decision.lines for reason in line.reasons)
    assert f"record {entry.id} (waiver) cannot be believed" in told


def test_a_waiver_that_cannot_be_believed_holds_a_gate_that_would_pass_until_it_is_ended(tmp_path):
    gaia = failing(tmp_path, claim=None)
    facts = {"environment": "gaia/dev"}
    entry = gaia.store.add(
        "waiver", b'{"_type": "https://in-toto.io/Statement/v1"}', facts, now=gaia.ago(hours=1)
    )
    assert gaia.decide(EDGE).word is Word.HOLD
    end(gaia, entry.id)
    assert gaia.decide(EDGE).word is Word.PASS


def test_a_waiver_of_before_is_not_brought_back_by_storing_it_again(gaia):
    entry, _ = set_aside(gaia)
    end(gaia, entry.id)
    body = (gaia.store.folder / entry.name).read_bytes() + b"\n"
    gaia.store.add("waiver", body, entry.facts, now=gaia.ago(hours=0.3))
    assert gaia.decide(EDGE).word is Word.FAIL


def test_an_end_that_was_taken_out_of_the_store_is_noticed(gaia):
    entry, _ = set_aside(gaia)
    gone, _ = end(gaia, entry.id)
    (gaia.store.folder / gone.name).unlink()
    assert gaia.decide(EDGE).word is not Word.PASS


@pytest.mark.parametrize("stranger", [None, Key.new()])
def test_where_keys_are_trusted_a_waiver_that_none_of_them_signed_is_an_error(tmp_path, stranger):
    gaia = failing(tmp_path, key=Key.new())
    entry, waiver = set_aside(gaia)
    assert gaia.decide(EDGE).word is Word.PASS
    end(gaia, entry.id)
    put(gaia, waiver, key=stranger, hours=0.4, given="2026-11-22T11:36:00Z")
    with pytest.raises(UserError, match="nobody who is trusted signed it"):
        gaia.decide(EDGE)


def test_an_end_that_nobody_trusted_signed_ends_it_and_is_told(tmp_path):
    key = Key.new()
    gaia = failing(tmp_path, key=key)
    entry, _ = set_aside(gaia)
    ending = EndOfWaiver(
        by="Somebody",
        reason="nobody knows why",
        given="2026-11-22T11:30:00Z",
        head=entry.number,
        about="gaia/dev",
        ends=entry.id,
        sha256=entry.sha256,
    )
    body = json.dumps(ending.statement).encode()
    gaia.store.add("end-of-waiver", body, ending.facts, now=gaia.ago(hours=0.5))
    decision = gaia.decide(EDGE)
    assert decision.word is Word.FAIL
    assert "nobody who is trusted signed record" in " ".join(decision.verdict.reasons)


# every part of it, changed


def applied(keeping):
    """What is set aside, or why not."""
    gate = keeping.catalogue.gate(f"gaia/{EDGE}")
    records = Records(keeping.store.snapshot(), trusted(keeping.directory), keeping.now)
    try:
        return waivers.in_force(Context(keeping.catalogue, gate, records, keeping.now)), records.troubles
    except UserError as error:
        return {}, [str(error)]


@pytest.mark.parametrize("signing", [False, True])
def test_no_changed_part_of_a_waiver_leaves_it_applied_or_goes_unnoticed(tmp_path, signing):
    """Unsigned, the index tells what it said; signed, not even an index that tells the same helps."""
    gaia = failing(tmp_path, key=Key.new() if signing else None)
    pristine = tmp_path / "pristine"
    shutil.copytree(gaia.store.folder, pristine)
    entry, _ = set_aside(gaia)
    body = (gaia.store.folder / entry.name).read_bytes()
    statement = json.loads(opened(body, {}).payload)
    tried, left, unnoticed = 0, [], []
    for name, changed in [("nothing", statement), *mutations(statement)]:
        shutil.rmtree(gaia.store.folder)
        shutil.copytree(pristine, gaia.store.folder)
        stored = (json.dumps(changed, indent=2, ensure_ascii=False) + "\n").encode()
        facts = entry.facts
        if signing:
            signatures = json.loads(body)["signatures"]
            facts = _facts(changed) or facts
            stored = json.dumps(json.loads(signed(stored, Key.new())) | {"signatures": signatures}).encode()
        gaia.store.add("waiver", stored, facts, now=gaia.ago(hours=1))
        found, troubles = applied(gaia)
        tried += 1
        left += [name] if found else []
        unnoticed += [] if troubles else [name]
    assert left == ["nothing"]
    # What an index of another system tells is no business of this one's gates.
    assert [name for name in unnoticed if "environment" not in name] == ["nothing"]
    assert tried > 300


def _facts(changed):
    try:
        return Waiver.model_validate(changed["predicate"]).facts
    except (ValueError, KeyError, TypeError):
        return None
