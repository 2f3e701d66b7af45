"""A later failure takes back an earlier pass, a newer pass takes back the failure, and nothing else does."""

import json
from datetime import timedelta

import pytest

from machinery.gatekeeping import EDGES, NEW, OTHER, Gatekeeping
from proveout.evidence.key import Key
from proveout.evidence.reading import facts_of_run, read_run
from proveout.evidence.statement import EXTENSION
from proveout.model.verdict import Word

SOON = timedelta(minutes=5)


def word(keeping):
    return keeping.decide(keeping.edge).word


def run(keeping, proven=(), **changes):
    """Store a run about where the gate begins; without a time it ends now."""
    return keeping.run(keeping.begin, proven, **changes)


def down(keeping, **changes):
    """Store a run that found nothing there."""
    gone = {"word": "FAIL", "reason": "nothing listens on the port", "kind": "gone"}
    content = keeping.statement(
        keeping.begin, unverified=keeping.smoke, version=None, artifact=None, troubles=(gone,), **changes
    )
    content["predicate"][EXTENSION]["verdict"]["word"] = "FAIL"
    return keeping.put(content)


@pytest.mark.parametrize("edge", EDGES)
def test_a_failure_of_any_claim_that_was_asked_for_revokes_its_pass(open_gate, edge):
    """One at a time: a failing run again of one claim (-k) is enough, and a newer pass of it restores."""
    keeping = open_gate(edge)
    tiers = [rule.tier for rule in keeping.catalogue.gate(edge).rules if rule.needs == "tier"]
    claims = keeping.claims(keeping.begin, *tiers)
    assert len(claims) > 20
    for number, claim in enumerate(claims[:: max(1, len(claims) // 12)], start=1):
        run(keeping, failed=(claim,), ended=keeping.now)
        decision = keeping.decide(keeping.edge)
        assert decision.word is Word.FAIL, claim
        assert any(claim in reason for line in decision.lines for reason in line.reasons)
        keeping.now += SOON
        run(keeping, (claim,), ended=keeping.now)
        if edge == "ceesar/gamma-prod":
            assert word(keeping) is Word.HOLD, "the approval is from before the failure"
            keeping.approve(keeping.edge, now=keeping.now)
        assert word(keeping) is Word.PASS, f"{claim} was proven again ({number})"


@pytest.mark.parametrize("edge", EDGES)
def test_a_pass_of_another_claim_restores_nothing(open_gate, edge):
    keeping = open_gate(edge)
    one, other = keeping.smoke[:2]
    run(keeping, failed=(one,))
    keeping.now += SOON
    run(keeping, (other,), ended=keeping.now)
    assert word(keeping) is Word.FAIL


@pytest.mark.parametrize("edge", EDGES)
def test_an_environment_that_is_down_revokes_all_of_it(open_gate, edge):
    keeping = open_gate(edge)
    down(keeping, ended=keeping.now)
    assert word(keeping) is Word.FAIL
    keeping.now += SOON
    run(keeping, keeping.smoke[:-1], ended=keeping.now)
    assert word(keeping) is Word.FAIL, "it stands again, but not everything was proven again"


def test_an_environment_that_stands_again_is_proven_anew_as_a_whole(open_gate):
    keeping = open_gate("ceesar/dev-gamma")
    down(keeping, ended=keeping.now)
    keeping.now += SOON
    keeping.tiers("dev", "smoke", ended=keeping.now)
    assert word(keeping) is Word.FAIL
    keeping.now += timedelta(hours=1)
    keeping.tiers("dev", "smoke", "regression", ended=keeping.now - SOON * 4)
    assert word(keeping) is Word.PASS


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("hours", [1, 80, 200, 3000])
def test_stored_later_though_ended_earlier(open_gate, edge, hours):
    """A failure of another machine arrives late, or its clock is wrong, or its times are made up."""
    keeping = open_gate(edge)
    content = keeping.statement(keeping.begin, failed=keeping.smoke[:1], ended=keeping.ago(hours=hours))
    keeping.put(content, now=keeping.now)
    assert word(keeping) is Word.FAIL
    keeping.now += SOON
    run(keeping, keeping.smoke[:1], ended=keeping.now)
    assert word(keeping) is (Word.HOLD if edge == "ceesar/gamma-prod" else Word.PASS)


def test_ended_later_though_stored_earlier(tmp_path):
    """A pass that arrives late is older than the failure that was stored before it."""
    keeping = Gatekeeping(tmp_path, "ceesar")
    late = keeping.statement("dev", keeping.claims("dev", "smoke", "regression"), ended=keeping.ago(hours=4))
    twin = keeping.claims("dev", "smoke", "regression", proof="twin")
    keeping.run("dev", keeping.claims("dev", "smoke")[:1], ended=keeping.ago(hours=3))
    keeping.run("dev", failed=keeping.claims("dev", "smoke")[:1], ended=keeping.ago(hours=2))
    keeping.put(late, now=keeping.ago(hours=1))
    keeping.run("dev", twin, ended=keeping.ago(hours=1), provenance="twin")
    assert keeping.decide("dev-gamma").word is Word.FAIL
    keeping.run("dev", keeping.claims("dev", "smoke")[:1], ended=keeping.now)
    assert keeping.decide("dev-gamma").word is Word.PASS


@pytest.mark.parametrize("edge", EDGES)
def test_a_failure_counts_with_another_definition_and_other_checks(open_gate, edge):
    keeping = open_gate(edge)
    definition = keeping.directory / keeping.begin / "environment.toml"
    before = definition.read_bytes()
    definition.write_bytes(before + b"# another definition\n")
    keeping.reload()
    changed = {"suite": {"commit": None, "changed": None}}
    content = keeping.statement(keeping.begin, failed=keeping.smoke[:1], ended=keeping.now, **changed)
    definition.write_bytes(before)
    keeping.reload()
    keeping.put(content)
    assert word(keeping) is Word.FAIL


@pytest.mark.parametrize("edge", EDGES)
def test_a_failure_that_nobody_signed_counts_and_such_a_pass_does_not(open_gate, edge):
    keeping = open_gate(edge, key=Key.new())

    def unsigned(proven=(), **changes):
        payload = json.dumps(keeping.statement(keeping.begin, proven, ended=keeping.now, **changes)).encode()
        keeping.store.add("run", payload, facts_of_run(read_run(payload)), now=keeping.now)

    unsigned(failed=keeping.smoke[:1])
    assert word(keeping) is Word.FAIL
    keeping.now += SOON
    unsigned(keeping.smoke[:1])
    assert word(keeping) is Word.FAIL
    keeping.now += SOON
    run(keeping, keeping.smoke[:1], ended=keeping.now)
    assert word(keeping) is (Word.HOLD if edge == "ceesar/gamma-prod" else Word.PASS)


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("kind", ["redeployed", "refused", "unidentified"])
def test_results_that_say_nothing_of_one_target_neither_prove_nor_revoke(open_gate, edge, kind):
    keeping = open_gate(edge)
    trouble = ({"word": "HOLD", "reason": "it said otherwise in the end", "kind": kind},)
    one, other = keeping.smoke[:2]
    run(keeping, (other,), failed=(one,), troubles=trouble, ended=keeping.now)
    shut = {line.needs for line in keeping.decide(keeping.edge).lines if line.word is not Word.PASS}
    assert shut <= {"approval"}, "an approval is given to what was known, so any new failure ends it"
    keeping.now += SOON
    run(keeping, failed=(one,), ended=keeping.now)
    keeping.now += SOON
    run(keeping, (one, other), troubles=trouble, ended=keeping.now)
    assert word(keeping) is Word.FAIL, "what says nothing has restored a claim"


@pytest.mark.parametrize("edge", EDGES)
def test_what_was_not_found_out_revokes_nothing(open_gate, edge):
    keeping = open_gate(edge)
    run(keeping, keeping.smoke[:1], unverified=keeping.smoke[1:], ended=keeping.now)
    assert word(keeping) is Word.PASS


@pytest.mark.parametrize("edge", EDGES)
def test_what_failed_in_another_version_revokes_nothing_of_this_one(open_gate, edge):
    """The failure is of before the deployment, and arrives late; the newest run says what runs now."""
    keeping = open_gate(edge)
    run(keeping, failed=keeping.smoke[:1], ended=keeping.now, artifact=OTHER, version="0.9.0")
    assert word(keeping) is not Word.PASS, "now that other version is what would be promoted"
    keeping.now += SOON
    run(keeping, keeping.smoke, ended=keeping.now, artifact=NEW)
    assert word(keeping) is Word.PASS


@pytest.mark.parametrize("edge", EDGES)
def test_a_failure_of_an_unknown_version_revokes(open_gate, edge):
    """It may be this one."""
    keeping = open_gate(edge)
    run(keeping, failed=keeping.smoke[:1], ended=keeping.now, artifact=None, version=None)
    keeping.now += SOON
    run(keeping, keeping.smoke[1:], ended=keeping.now)
    assert word(keeping) is Word.FAIL


@pytest.mark.parametrize("edge", EDGES)
def test_a_pass_that_is_stored_again_restores_nothing(open_gate, edge):
    """A failure came late; a copy of the signed pass in other bytes comes later still."""
    keeping = open_gate(edge, key=Key.new())
    run(keeping, keeping.smoke, ended=keeping.ago(hours=1))
    snapshot = keeping.store.snapshot()
    newest = next(snapshot.newest_first("run"))
    content = keeping.statement(keeping.begin, failed=keeping.smoke[:1], ended=keeping.ago(hours=1.5))
    keeping.put(content, now=keeping.now)
    assert word(keeping) is Word.FAIL
    again = json.dumps(json.loads(snapshot.body(newest))).encode()
    keeping.store.add("run", again, newest.facts, now=keeping.now)
    decision = keeping.decide(keeping.edge)
    assert decision.word is not Word.PASS
    assert "say the same: one was stored again" in " ".join(decision.lines[0].reasons)


def test_a_failed_soak_revokes_the_one_before_it_however_old_it_says_it_is(open_gate):
    keeping = open_gate("gaia/staging-prod")
    claims = keeping.claims("staging", "soak")
    failed = {"word": "FAIL", "begun": "2026-01-01T00:00:00Z", "ended": "2026-01-02T00:00:00Z", "slots": 1440}
    failed |= {"filled": 1440, "elapsed": 86400.0, "longest_gap": 1.0, "versions": 1, "restarts": 0}
    content = keeping.statement("staging", failed=claims[:1], ended=keeping.ago(days=300), soak=failed)
    keeping.put(content, now=keeping.now)
    decision = keeping.decide("staging-prod")
    assert decision.word is Word.FAIL
    assert next(line.word for line in decision.lines if line.needs == "soak") is Word.FAIL
