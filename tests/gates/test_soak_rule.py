"""The line about the soak: a whole day, measured, of one version; a rehearsal is none of it."""

import pytest

from proveout.evidence.instant import written
from proveout.model.verdict import Word

EDGE = "staging-prod"
GAP = 'gap = "5m"'


@pytest.fixture
def judged(keeping):
    """A function that returns the line about a soak that differs in some facts, and its reasons."""

    def judged(*, rule=GAP, **changes):
        gate = keeping("gaia")
        file = gate.directory / "gates.toml"
        file.write_text(file.read_text().replace(GAP, rule))
        gate.reload()
        facts = {key: value(gate) if callable(value) else value for key, value in changes.items()}
        gate.alter = lambda _, run: run | {"soak": run["soak"] | facts} if "soak" in run else run
        gate.ready(EDGE)
        decision = gate.decide(EDGE)
        line = next(line for line in decision.lines if line.needs == "soak")
        return line.word, " ".join(line.reasons)

    return judged


def test_a_whole_day_opens_it(judged):
    assert judged() == (Word.PASS, "")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"begun": lambda gate: written(gate.ago(days=1, hours=23))}, "it ran 23 h, the gate asks for 24 h"),
        ({"elapsed": 300.0}, "5 min of 28 h were measured"),
        ({"elapsed": 43200.0}, "12 h of 28 h were measured"),
        ({"rehearsal": True}, "only a rehearsal of a soak is on record"),
        ({"filled": 1600}, "1600 of 1680 slots were measured, 99% are needed"),
        ({"slots": 0, "filled": 0}, "0 of 0 slots were measured"),
        ({"longest_gap": 301.0}, "nothing was measured for 5 min; at most 5 min"),
        (
            {"longest_slice": 900.0},
            "it was stopped for 15 min between two parts; the gate allows it no stops",
        ),
        ({"versions": 2}, "2 versions ran in it"),
        ({"restarts": 1}, "the target was restarted 1 times"),
        ({"word": "HOLD"}, "its own verdict is HOLD"),
    ],
)
def test_what_is_less_than_that_keeps_it_shut(judged, changes, says):
    word, reasons = judged(**changes)
    assert word is Word.HOLD
    assert says in reasons


@pytest.mark.parametrize(
    ("stopped", "expected", "says"), [(900.0, Word.PASS, ""), (901.0, Word.HOLD, "at most 15 min")]
)
def test_a_stop_on_purpose_is_allowed_where_the_gate_says_how_long(judged, stopped, expected, says):
    word, reasons = judged(rule=f'{GAP}\nslice = "15m"', longest_slice=stopped)
    assert word is expected
    assert says in reasons


def test_a_short_stop_is_a_gap_like_any_other(judged):
    assert judged(longest_slice=299.0) == (Word.PASS, "")


def test_a_soak_that_stopped_often_does_not_count_the_stops(judged):
    allowed = f'{GAP}\nslice = "12h"'
    word, reasons = judged(rule=allowed, elapsed=6 * 3600.0, longest_slice=8 * 3600.0)
    assert word is Word.HOLD
    assert "6 h of 28 h were measured" in reasons


def test_a_rehearsal_does_not_hide_the_soak_before_it(open_gate):
    gate = open_gate("gaia/staging-prod")
    rehearsed = {
        "word": "HOLD",
        "begun": written(gate.ago(minutes=40)),
        "ended": written(gate.ago(minutes=35)),
        "slots": 60,
        "filled": 60,
        "elapsed": 300.0,
        "longest_gap": 0.0,
        "versions": 1,
        "restarts": 0,
        "rehearsal": True,
    }
    gate.put(gate.statement("staging", ended=gate.ago(minutes=30), soak=rehearsed))
    line = next(line for line in gate.decide(EDGE).lines if line.needs == "soak")
    assert line.word is Word.PASS


def test_a_soak_that_failed_is_a_failure(judged):
    assert judged(word="FAIL")[0] is Word.FAIL
