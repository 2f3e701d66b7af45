"""The verdict on the whole, growth and answers: what keeps a budget, what breaks it, what nobody knows."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from machinery.judging import judged, leaking, said, sampled, slotted
from machinery.ledgers import MIB
from proveout.load.histogram import Histogram
from proveout.load.line import Finding
from proveout.load.profile import Limits
from proveout.model.verdict import Word
from proveout.soak.judgement import judge

PASS, FAIL, HOLD = Word.PASS, Word.FAIL, Word.HOLD
GROWTH = ("rss", "descriptors", "threads", "disk", "log")


# The whole


def test_a_healthy_rehearsal_passes_and_says_that_it_is_one(healthy):
    verdict = judged(healthy)
    assert {b.name: b.text for b in verdict.budgets if b.word is not PASS} == {}
    assert verdict.says() == "PASS (rehearsal 5m)"


def test_a_healthy_day_passes(day):
    verdict = judged(day)
    assert {b.name: b.text for b in verdict.budgets if b.word is not PASS} == {}
    assert verdict.says() == "PASS"


def test_one_broken_budget_outweighs_what_cannot_be_known(healthy):
    blind = sampled(healthy, lambda _n, _s: {"threads": None, "unknown": {"threads": "no machine access"}})
    assert judged(blind).word is HOLD
    assert judged(blind, restarts=0, error_share=1e-9).word is HOLD
    broken = slotted(blind, lambda slot: {"failed": slot.requests // 2})
    assert judged(broken).word is FAIL


def test_a_claim_that_nobody_could_see_does_not_hold_up_the_soak(healthy):
    blind = sampled(healthy, lambda _n, _s: {"rows": None, "unknown": {"database": "no machine access"}})
    assert said(blind, "rows") == (HOLD, "the tables were not seen: no machine access")
    assert judged(blind).word is PASS


def test_what_was_not_sampled_is_never_passed(healthy):
    nothing = replace(healthy, samples=(), slots=(), totals={}, hours={}, valid=0.0, position=0.0)
    verdict = judged(nothing, log_per_request=1000)
    assert {budget.word for budget in verdict.budgets} == {HOLD}
    assert verdict.word is HOLD


@pytest.mark.parametrize("name", GROWTH)
def test_growth_that_nobody_saw_says_why(healthy, name):
    key = "database" if name == "disk" else name
    reason = "no machine access: give --env-machine"
    blind = sampled(healthy, lambda _n, _s: {key: None, "unknown": {key: reason}})
    assert said(blind, name) == (HOLD, f"{name} was not seen: {reason}")


@pytest.mark.parametrize("name", GROWTH)
def test_growth_that_was_not_seen_all_the_time_is_not_passed(healthy, name):
    key = "database" if name == "disk" else name
    reason = {"unknown": {key: "the process is another user's"}}
    blind = sampled(healthy, lambda number, _s: {key: None, **reason} if number % 10 == 0 else {})
    word, text = said(blind, name)
    assert word is HOLD
    assert (
        text == f"{name} was not seen all the time, missing in 6 of 60 samples: the process is another user's"
    )


def test_only_declared_growth_is_judged(healthy):
    bare = Limits(error_share=0.01)
    mix = healthy.profile.mix("gaia").model_copy(update={"limits": bare})
    names = {budget.name for budget in judge(healthy, healthy.profile, mix).budgets}
    assert not names & {*GROWTH, "server errors", "log per request", "cold start"}
    assert {"errors", "restarts", "critical lines", "offered", "coverage", "identity", "poll"} <= names
    assert all(not math.isnan(b.figures.get("found", 0.0)) for b in judged(healthy).budgets)


# Growth


def test_a_pass_names_the_leak_it_would_have_seen(day):
    budget = judged(day).by_name["rss"]
    assert "the budget is 48 MiB. A leak of 2.0" in budget.text
    assert budget.text.endswith("MiB/h or more would have been seen with 99 %")
    figures = budget.figures
    assert 2 * MIB < figures["smallest"] < 2.5 * MIB
    assert figures["slope_lower"] <= figures["slope"] <= figures["slope_upper"]
    assert figures["lower"] <= figures["found"] <= figures["upper"] < figures["budget"] == 48 * MIB
    assert figures["unit"] == "B"


def test_a_leaky_day_fails_and_says_where_it_leads(day):
    word, text = said(leaking(day, 6), "rss")
    assert word is FAIL
    assert text.startswith("rss grows by 5.")
    assert "over 24 h; the budget is 48 MiB" in text


def test_a_leak_within_the_budget_passes(day):
    word, text = said(leaking(day, 1), "rss")
    assert word is PASS
    assert text.startswith(("rss grows by at most 23.", "rss grows by at most 24."))


def test_a_leak_near_the_budget_is_not_known_and_says_what_would_tell(day):
    word, text = said(leaking(day, 2.01), "rss")
    assert word is HOLD
    assert "the budget is 48 MiB, so it cannot be known yet; " in text
    assert "--soak-duration=" in text or "too close to the budget" in text


def test_an_unfinished_soak_is_not_told_to_take_longer(unfinished):
    word, text = said(leaking(unfinished, 1.9), "rss")
    assert word is HOLD
    assert text.endswith("the rest of the soak may tell")


@pytest.mark.parametrize(("leak", "word"), [(0, PASS), (200, PASS), (1500, FAIL), (8000, FAIL)])
def test_five_minutes_see_a_leak_that_breaks_the_budget_of_five_minutes(healthy, leak, word):
    found, text = said(leaking(healthy, leak), "rss")
    assert (found, "MiB/min" in text) == (word, True)


@given(st.integers(0, 3000), st.integers(0, 3000))
@settings(max_examples=12, deadline=None)
def test_more_of_a_leak_never_passes_what_less_of_it_fails(healthy, first, second):
    order = (PASS, HOLD, FAIL)
    small, large = (order.index(said(leaking(healthy, leak), "rss")[0]) for leak in sorted((first, second)))
    assert small <= large


def test_a_step_beyond_the_budget_is_neither_a_leak_nor_nothing(day):
    stepped = sampled(day, lambda _n, s: {"rss": s.rss + 60 * 2**20}, first=700)
    word, text = said(stepped, "rss")
    assert word is HOLD
    assert "it went up by 60 MiB at once after 12 h; next: find out what it was" in text


def test_a_step_within_the_budget_is_told(day):
    stepped = sampled(day, lambda _n, s: {"rss": s.rss + 20 * 2**20}, first=700)
    word, text = said(stepped, "rss")
    assert word is PASS
    assert text.endswith("; it went up by 20 MiB at once after 12 h")


def test_nothing_is_compared_across_a_restart(day):
    """Another process that needs more is no leak; two that leak are."""
    halves = sampled(day, lambda _n, s: {"pid": 2, "started": s.at, "rss": s.rss + 200 * 2**20}, first=720)
    again = sampled(halves, lambda _n, _s: {"started": day.samples[720].at}, first=720)
    assert said(again, "rss", restarts=1)[0] is PASS
    both = sampled(again, lambda n, s: {"rss": s.rss + n % 720 * 2**20})
    assert said(both, "rss", restarts=1)[0] is FAIL


def test_a_process_that_is_restarted_all_the_time_proves_nothing(day):
    restless = sampled(day, lambda n, s: {"pid": 1 + n // 60, "started": s.at - s.at % 3600})
    word, text = said(restless, "rss")
    assert word is HOLD
    assert "too few to tell growth from chance" in text


def test_what_was_found_while_it_ran_stays_found(day):
    finding = Finding(at=1.0, kind="growing", text="rss grew by 9 MiB/h", facts={"budget": "rss"})
    found = replace(day, findings=(finding,))
    assert said(found, "rss") == (FAIL, "rss grew by 9 MiB/h (seen while it ran)")
    assert said(replace(found, samples=found.samples[:20]), "rss")[0] is FAIL


def test_no_descriptor_more_is_proven_by_none_more(day):
    steady = sampled(day, lambda _n, _s: {"descriptors": 30})
    assert said(steady, "descriptors", descriptors=0)[0] is PASS
    rising = sampled(day, lambda n, _s: {"descriptors": 30 + n // 240})
    assert said(rising, "descriptors", descriptors=0)[0] is FAIL


@given(st.sets(st.integers(0, 59), max_size=50))
@settings(max_examples=8, deadline=None)
def test_missing_samples_never_turn_what_cannot_be_known_into_a_pass(healthy, missing):
    close = sampled(healthy, lambda number, s: {"rss": s.rss + round(48 * MIB * number / 60)})
    assert said(close, "rss")[0] is HOLD
    kept = tuple(s for number, s in enumerate(close.samples) if number not in missing)
    thin = replace(close, samples=kept)
    assert judged(thin).word is not PASS
    few = judged(replace(healthy, samples=healthy.samples[: 60 - len(missing)]))
    assert few.word is (PASS if len(missing) <= 3 else HOLD) or len(missing) <= 3


def test_the_order_in_which_samples_and_segments_are_read_changes_nothing(torn):
    turned = replace(torn, samples=torn.samples[::-1], slots=torn.slots[::-1])
    before, after = judged(torn).by_name, judged(turned).by_name
    assert {name: before[name] for name in GROWTH} == {name: after[name] for name in GROWTH}


# Answers


def test_errors_are_judged_on_their_bounds(healthy):
    requests = sum(slot.requests for slot in healthy.slots)
    busy = max(range(len(healthy.slots)), key=lambda n: healthy.slots[n].requests)

    def failing(count):
        slots = list(healthy.slots)
        slots[busy] = replace(slots[busy], failed=count)
        return replace(healthy, slots=tuple(slots))

    assert said(healthy, "errors") == (
        PASS,
        f"0 of {requests:,} requests failed, so 0 % to 0.053 % of all do; the budget is 0.1 %",
    )
    word, text = said(failing(3), "errors")
    assert word is HOLD
    assert "requests would tell" in text
    assert said(failing(20), "errors")[0] is FAIL
    assert judged(failing(20)).by_name["errors"].figures["burnt"] == pytest.approx(20 / requests / 0.001)


def test_server_errors_are_counted(healthy):
    angry = slotted(healthy, lambda _slot: {"statuses": {"200": 9, "503": 1}})
    word, text = said(angry, "server errors")
    assert word is FAIL
    assert "had a status of 500 or more; the budget is 0" in text
    assert said(angry, "server errors", server_errors=60)[0] is PASS
    assert "server errors" not in judged(healthy, server_errors=None).by_name


def test_percentiles_are_judged_on_their_bounds(healthy):
    word, text = said(healthy, "latency GET /health p99")
    assert word is PASS
    assert text.startswith("99 % of 2,")
    slow = Histogram()
    for number in range(1000):
        slow.add(0.4 if number % 20 == 0 else 0.01)
    assert said(replace(healthy, totals={"GET /health": slow}), "latency GET /health p99")[0] is FAIL
    few = Histogram()
    for _ in range(50):
        few.add(0.01)
    word, text = said(replace(healthy, totals={"GET /health": few}), "latency GET /health p99")
    assert word is HOLD
    assert "about 299 such requests would tell" in text
    assert said(replace(healthy, totals={}), "latency GET /api/data p95")[0] is HOLD


def test_failed_requests_were_not_fast(healthy):
    failing = Histogram()
    for number in range(1000):
        failing.add(0.01)
        if number % 10 == 0:
            failing.fail()
    word, text = said(replace(healthy, totals={"GET /health": failing}), "latency GET /health p99")
    assert word is FAIL
    assert "within no time: too many requests failed" in text


def test_a_late_generator_never_blames_the_target_for_time(healthy):
    slow = Histogram()
    for _ in range(1000):
        slow.add(0.4)
    late = slotted(replace(healthy, totals={"GET /health": slow}), lambda _slot: {"lag": 0.3})
    word, text = said(late, "latency GET /health p99")
    assert word is HOLD
    assert "the generator's own loop was late by up to 300 ms" in text
    assert judged(late).word is HOLD


@pytest.mark.parametrize(("times", "word"), [(1, FAIL), (6, HOLD)])
def test_a_generator_is_late_for_as_many_as_came_then(healthy, times, word):
    slow = Histogram()
    for _ in range(1000):
        slow.add(0.5)
    late = replace(healthy, totals={"GET /api/data": slow})
    busiest = max(late.slots, key=lambda slot: slot.requests)
    names = {name: replace(asked, count=times * asked.count) for name, asked in busiest.names.items()}
    spike = slotted(late, lambda slot: {"lag": 0.4, "names": names} if slot is busiest else {})
    assert said(spike, "latency GET /api/data p95")[0] is word


def test_less_than_two_hours_have_no_worst_one(healthy):
    slow = Histogram()
    for _ in range(1000):
        slow.add(0.5)
    bad = replace(healthy, totals={"GET /api/data": slow}, hours={0: {"GET /api/data": slow}})
    word, text = said(bad, "latency GET /api/data p95")
    assert (word, "hour" in text) == (FAIL, False)


def test_a_bad_hour_of_a_good_day_is_named(day):
    slow = Histogram()
    for _ in range(2000):
        slow.add(0.5)
    hours = {**day.hours, 21: {"GET /api/data": slow}}
    word, text = said(replace(day, hours=hours), "latency GET /api/data p95")
    assert word is PASS
    assert "; 1 hour was beyond it, the worst is hour 22: 50" in text


def test_the_first_answers_after_a_pause_are_bounded(healthy):
    assert said(healthy, "cold start")[0] is PASS
    index = next(n for n, slot in enumerate(healthy.slots) if slot.idle) + 1
    slots = list(healthy.slots)
    cold = {name: replace(asked, longest=3.0) for name, asked in slots[index].names.items()}
    slots[index] = replace(slots[index], names=cold)
    word, text = said(replace(healthy, slots=tuple(slots)), "cold start")
    assert (word, "the slowest answer took 3 s; the bound is 2 s" in text) == (FAIL, True)
    slots[index] = replace(slots[index], lag=2.5)
    assert said(replace(healthy, slots=tuple(slots)), "cold start")[0] is HOLD
    never_idle = slotted(healthy, lambda _slot: {"idle": False})
    assert said(never_idle, "cold start") == (HOLD, "no answers after a pause were seen")
    assert "cold start" not in judged(healthy, cold_start=None).by_name
