"""What the phases of a check come to."""

import itertools

import pytest

from proveout.plugin.census import Census, Outcome, outcome_of

ORDER = ["lost", "passed", "skipped", "xfailed", "error", "failed"]


def report(outcome, when="call", longrepr="E   assert 1 == 2", **extra):
    return pytest.TestReport("x.py::test_x", ("x.py", 1, "test_x"), {}, outcome, longrepr, when, **extra)


SKIP = ("x.py", 3, "Skipped: no engine")


@pytest.mark.parametrize(
    ("made", "outcome"),
    [
        (report("passed"), ("passed", "")),
        (report("passed", "setup"), None),
        (report("passed", "teardown"), None),
        (report("failed"), ("failed", "E   assert 1 == 2")),
        (report("failed", proveout={"message": "it is down"}), ("failed", "it is down")),
        (report("failed", "setup"), ("error", "its setup failed: E   assert 1 == 2")),
        (report("failed", "teardown"), ("error", "its teardown failed: E   assert 1 == 2")),
        (
            report("failed", "setup", proveout={"wrong": True, "message": "it is down"}),
            ("failed", "it is down"),
        ),
        (report("failed", proveout={"refused": True, "message": "DELETE /"}), ("error", "DELETE /")),
        (report("failed", "???"), ("error", "its worker crashed: E   assert 1 == 2")),
        (report("skipped", longrepr=SKIP), ("skipped", "no engine")),
        (report("skipped", "setup", longrepr=SKIP), ("skipped", "no engine")),
        (report("skipped", longrepr=("x.py", 3, "Skipped: ")), ("skipped", "no reason given")),
        (report("skipped", wasxfail="known"), ("xfailed", "expected to fail: known")),
        (report("skipped", wasxfail=""), ("xfailed", "expected to fail: no reason given")),
        (report("passed", wasxfail="known"), ("xfailed", "expected to fail: known")),
    ],
    ids=lambda value: f"{value.outcome} in {value.when}" if isinstance(value, pytest.TestReport) else "",
)
def test_a_phase_comes_to_an_ending_and_its_reason(made, outcome):
    assert outcome_of(made) == outcome


@pytest.mark.parametrize("phases", list(itertools.product(ORDER[1:], repeat=3)))
def test_the_worst_phase_counts_whatever_their_order(phases):
    census = Census()
    for ending in phases:
        census.note("x", ending, f"because {ending}", 0.5)
    worst = max(phases, key=ORDER.index)
    assert census.outcomes["x"] == Outcome(worst, f"because {worst}", 1.5)


def test_a_check_that_was_never_heard_of_is_lost():
    assert Outcome().ending == "lost"
    assert "never ended" in Outcome().message
