"""Clocks that are wrong, of whoever took the evidence, of whoever stored it, or of whoever decides."""

from datetime import timedelta

import pytest

from machinery.gatekeeping import EDGES, NOW
from proveout.evidence.instant import written
from proveout.gates.records import SKEW
from proveout.model.verdict import Word

MORE, LESS = timedelta(seconds=SKEW + 60), timedelta(seconds=SKEW - 30)


@pytest.fixture
def open_gate(open_gate):
    """A function that returns the records of an edge that let the version through, the newest of now."""

    def newest_of_now(edge, **options):
        keeping = open_gate(edge, **options)
        keeping.run(keeping.begin, keeping.smoke, ended=keeping.now)
        assert keeping.decide(keeping.edge).word is Word.PASS
        return keeping

    return newest_of_now


@pytest.mark.parametrize("edge", EDGES)
def test_a_decider_whose_clock_is_behind_notices(open_gate, edge):
    keeping = open_gate(edge)
    keeping.now = NOW - LESS
    assert keeping.decide(keeping.edge).word is Word.PASS
    for behind in (MORE, timedelta(hours=1), timedelta(days=3), timedelta(days=4000)):
        keeping.now = NOW - behind
        decision = keeping.decide(keeping.edge)
        assert decision.word is Word.HOLD
        assert "the clock of one of the machines is wrong" in " ".join(decision.lines[0].reasons)


@pytest.mark.parametrize("edge", EDGES)
def test_to_a_decider_whose_clock_is_ahead_all_evidence_is_old(open_gate, edge):
    keeping = open_gate(edge)
    limit = keeping.catalogue.gate(f"{keeping.system}/{keeping.edge}").within
    keeping.now = NOW + LESS
    assert keeping.decide(keeping.edge).word is Word.PASS
    for ahead in (timedelta(seconds=limit) + MORE, timedelta(days=400), timedelta(days=40_000)):
        keeping.now = NOW + ahead
        assert keeping.decide(keeping.edge).word is Word.HOLD


@pytest.mark.parametrize("edge", EDGES)
def test_a_run_of_the_future_is_not_believed(open_gate, edge):
    """Its clock is ahead of the one that stored it: it would stay fresh for longer than it is."""
    keeping = open_gate(edge)
    smoke = keeping.claims(keeping.begin, "smoke")
    keeping.put(keeping.statement(keeping.begin, smoke, ended=NOW + LESS), now=NOW)
    assert keeping.decide(keeping.edge).word is Word.PASS
    keeping.put(keeping.statement(keeping.begin, smoke, ended=NOW + MORE), now=NOW)
    decision = keeping.decide(keeping.edge)
    assert decision.word is Word.HOLD
    assert "after it was stored or now" in " ".join(decision.lines[0].reasons)


@pytest.mark.parametrize("edge", EDGES)
def test_a_run_of_the_future_is_no_better_once_that_time_has_come(open_gate, edge):
    keeping = open_gate(edge)
    smoke = keeping.claims(keeping.begin, "smoke")
    keeping.put(keeping.statement(keeping.begin, smoke, ended=NOW + timedelta(hours=2)), now=NOW)
    keeping.now = NOW + timedelta(hours=3)
    assert keeping.decide(keeping.edge).word is Word.HOLD


@pytest.mark.parametrize("edge", EDGES)
def test_a_store_of_the_future_is_not_believed(open_gate, edge):
    """The clock of the machine that stores is ahead; whether anything is fresh cannot be known."""
    keeping = open_gate(edge)
    keeping.put(keeping.statement(keeping.begin, ended=NOW), now=NOW + timedelta(days=1))
    assert keeping.decide(keeping.edge).word is Word.HOLD


@pytest.mark.parametrize("behind", [timedelta(minutes=1), timedelta(hours=5), timedelta(days=800)])
def test_a_clock_that_went_back_while_storing_hides_no_failure(open_gate, behind):
    """The failure is stored with a clock that is far behind; the order of the entries does not turn round."""
    keeping = open_gate("ceesar/dev-gamma")
    failed = keeping.claims("dev", "smoke")[:1]
    entry = keeping.run("dev", failed=failed, ended=NOW - behind)
    assert entry.stored == written(NOW)
    assert keeping.decide("dev-gamma").word is Word.FAIL


@pytest.mark.parametrize("ahead", [timedelta(0), LESS])
def test_a_recorded_decision_is_never_from_before_what_it_rests_on(open_gate, ahead):
    keeping = open_gate("ceesar/dev-gamma")
    decision = keeping.decide_on_record("dev-gamma", now=NOW - ahead)
    entry = next(keeping.store.snapshot().newest_first())
    assert (decision.word, entry.kind) == (Word.PASS, "decision")
    assert entry.stored == written(NOW)
