"""The verdict on what a target did and the generator did not do, and how it is said."""

import re
from dataclasses import replace

import pytest

from machinery.judging import judged, said, sampled, slotted
from proveout.load.line import Finding
from proveout.model.verdict import Word

PASS, FAIL, HOLD = Word.PASS, Word.FAIL, Word.HOLD


# Conduct


def test_a_restart_is_counted_and_dated(healthy):
    restarted = sampled(healthy, lambda _n, s: {"pid": 9, "started": s.started + 100}, first=30)
    word, text = said(restarted, "restarts")
    assert word is FAIL
    assert text.startswith("the target was restarted once; the budget is 0; at first 2026-03-02 06:02 UTC: ")
    assert said(restarted, "restarts", restarts=1)[0] is PASS
    blind = sampled(healthy, lambda _n, _s: {"started": None, "unknown": {"process": "no access"}})
    assert said(blind, "restarts") == (HOLD, "nobody can say whether it was restarted: no access")


@pytest.mark.parametrize(
    ("count", "often"), [(0, "never restarted"), (1, "restarted once"), (2, "restarted 2 times")]
)
def test_how_often_it_was_restarted_reads_well(healthy, count, often):
    pids = dict.fromkeys(range(20, 40), 1) | dict.fromkeys(range(40, 60), 2)
    started = [min(pids.get(number, 0), count) for number in range(60)]
    again = sampled(healthy, lambda n, s: {"pid": started[n] + 1, "started": s.started + 100 * started[n]})
    assert said(again, "restarts", restarts=2) == (PASS, f"the target was {often}; the budget is 2")


def test_no_sentence_about_one_thing_is_about_many(healthy):
    first, *_ = (slot for slot in healthy.slots if slot.requests)
    busy = replace(first, cpu=0.99, lag=2.0, broken=1, due=1, offered=1)
    one = replace(healthy, slots=(replace(busy, requests=1, failed=1, statuses={"500": 1}),))
    one = sampled(one, lambda _n, _s: {"rows": {"sessions": 1}, "below": 0, "critical": 0})
    one = replace(one, samples=(one.samples[0].model_copy(update={"critical": 1, "head": "405"}),))
    texts = [budget.text for budget in judged(one, log_per_request=1).budgets]
    assert [
        text for text in texts if re.search(r"\b1 [a-z ]+s (were|are|had|by)\b|\b1 (slots|times)", text)
    ] == []


NASTY = "\x1b[2J\x9b31m\r\n\x07 PASS"


def test_no_sentence_carries_what_a_stranger_would_write_on_a_terminal(healthy):
    finding = Finding(at=healthy.begun, kind="burning", text=NASTY)
    grown = Finding(at=healthy.begun, kind="growing", text=NASTY, facts={"budget": "rss"})
    hostile = replace(healthy, findings=(finding, grown), refused=(NASTY,))
    words = dict.fromkeys(("environment", "binary", "get", "database_file"), NASTY)
    unknown = dict.fromkeys(("process", "log", "head", "threads"), NASTY)
    unseen = dict.fromkeys(("started", "critical", "below", "head", "threads"))
    lost = [{NASTY: 1}, *[{NASTY: 0}] * 59]
    hostile = sampled(hostile, lambda _n, _s: {**unseen, "version": NASTY, "unknown": unknown})
    hostile = sampled(hostile, lambda n, _s: {**(words if n else {}), "rows": lost[n]})
    budgets = judged(hostile).budgets
    assert {b.name for b in budgets if "\\x1b[2J" in b.text} == {
        *("errors", "rss", "threads", "restarts", "critical lines", "offered", "identity", "poll", "levels"),
        *("rows", "database file", "binary"),
    }
    assert [budget.name for budget in budgets if not budget.text.isprintable()] == []


def test_a_redeploy_in_between_is_of_no_single_version(healthy):
    word, text = said(sampled(healthy, lambda _n, _s: {"version": "2.3.2"}, first=30), "identity")
    assert word is HOLD
    assert "its version 2.3.1 became 2.3.2, so this soak is of no single version" in text
    other = sampled(healthy, lambda _n, _s: {"version": "2.2.0"})
    assert said(other, "identity") == (HOLD, "it said it was version 2.2.0; the soak is of 2.3.1")


def test_another_environment_fails(healthy):
    word, text = said(sampled(healthy, lambda _n, _s: {"environment": "prod"}, first=50), "identity")
    assert word is FAIL
    assert text == "the target says it is prod, it was gaia/staging"


def test_critical_lines_are_counted_against_their_budget(healthy):
    loud = sampled(healthy, lambda n, _s: {"critical": int(n == 7)})
    assert said(loud, "critical lines") == (FAIL, "1 critical line was logged; the budget is 0")
    assert said(loud, "critical lines", critical=1)[0] is PASS
    blind = sampled(healthy, lambda _n, _s: {"critical": None, "unknown": {"log": "no log file"}})
    assert said(blind, "critical lines") == (HOLD, "the log was not seen: no log file")


def test_lines_below_the_declared_level_fail(healthy):
    assert said(sampled(healthy, lambda _n, _s: {"below": 3}), "levels")[0] is FAIL


def test_every_poll_counts_but_those_in_pauses_that_nobody_made(healthy):
    word, text = said(sampled(healthy, lambda n, _s: {"head": "405"} if n == 5 else {}), "poll")
    assert (word, text.endswith("; the first other: 405")) == (FAIL, True)
    paused = {"get": None, "head": None, "unknown": {"get": "a pause", "head": "a pause"}}
    assert said(sampled(healthy, lambda n, _s: paused if n % 12 == 11 else {}), "poll")[0] is PASS
    word, text = said(sampled(healthy, lambda _n, _s: {**paused, "get": "200"}), "poll")
    assert (word, text) == (HOLD, "only 0 polls by HEAD in 60 samples: a pause")


def test_log_per_request_counts_what_was_written(healthy):
    assert said(healthy, "log per request", log_per_request=2000)[0] is PASS
    word, text = said(healthy, "log per request", log_per_request=100)
    assert (word, text.endswith("; at most 100 B")) == (FAIL, True)
    cut = sampled(healthy, lambda n, s: {"log": s.log % 2**20 if n else 0})
    assert said(cut, "log per request", log_per_request=100)[0] is FAIL


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ({"sessions": 0, "tasks": 9}, "the table sessions fell from 5 rows to none"),
        ({"tasks": 9}, "the table sessions vanished"),
    ],
)
def test_tables_keep_their_rows(healthy, rows, text):
    emptied = sampled(healthy, lambda n, _s: {"rows": rows if n == 50 else {"sessions": 5, "tasks": 9}})
    assert said(emptied, "rows") == (FAIL, text)


def test_the_database_stays_one_file(healthy):
    word, text = said(sampled(healthy, lambda _n, _s: {"database_file": "none"}, first=20), "database file")
    assert (word, text) == (FAIL, "the database file was replaced once: 8:1-131072 became none")


def test_the_binary_changes_only_with_its_version(healthy):
    changed = sampled(healthy, lambda _n, _s: {"binary": "sha256:aa"}, first=20)
    assert said(changed, "binary")[0] is FAIL
    deployed = sampled(changed, lambda _n, _s: {"version": "2.4.0"}, first=20)
    assert said(deployed, "binary")[0] is PASS


# Measured


def test_what_was_not_offered_is_not_proven(healthy):
    lazy = slotted(healthy, lambda slot: {"due": slot.due * 2})
    word, text = said(lazy, "offered")
    assert word is HOLD
    assert text.endswith(
        "the rest came late or never: use a calmer machine, or more workers (--load-workers)"
    )
    crowded = slotted(lazy, lambda slot: {"dropped": slot.due - slot.offered})
    assert "the target answers too slowly for this rate" in said(crowded, "offered")[1]
    assert judged(lazy).says() == "HOLD (rehearsal 5m)"


@pytest.mark.parametrize(
    ("strain", "text"), [({"cpu": 0.97}, "97 % of a core"), ({"lag": 1.5}, "up to 1.5 s")]
)
def test_a_generator_at_its_limit_proves_nothing(healthy, strain, text):
    word, found = said(slotted(healthy, lambda _slot: strain), "offered")
    assert (word, text in found) == (HOLD, True)


def test_a_mistake_of_a_journey_proves_nothing(healthy):
    assert "cut short by a mistake" in said(slotted(healthy, lambda _slot: {"broken": 1}), "offered")[1]
    refused = replace(healthy, refused=("POST /api/reset",))
    assert "the policy refused POST /api/reset" in said(refused, "offered")[1]


def test_coverage_wants_all_of_the_time(healthy, unfinished):
    word, text = said(unfinished, "coverage")
    assert word is HOLD
    assert "measured 9 h of 24 h, 540 of 1,440 slots" in text
    assert "--soak-resume goes on with it" in text
    thin = replace(healthy, slots=healthy.slots[:30] + healthy.slots[33:])
    assert "3 slots are empty" in said(thin, "coverage")[1]
    unwatched = replace(healthy, samples=healthy.samples[:40])
    assert "the target was looked at 40 times, 60 were due" in said(unwatched, "coverage")[1]


def test_a_torn_day_tells_its_gaps(torn):
    verdict = judged(torn, restarts=1)
    assert verdict.word is PASS
    assert "gaps of the generator: 3, planned 2, the longest 90 min" in verdict.by_name["coverage"].text
