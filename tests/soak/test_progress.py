"""What is told while a soak runs."""

import io
import itertools
from dataclasses import replace

import pytest
from rich.console import Console

from machinery import ledgers
from proveout.load.line import Finding
from proveout.load.reading import read
from proveout.soak.progress import Progress


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return read(ledgers.write(tmp_path_factory.mktemp("soaks") / "day", ledgers.REHEARSAL))


def told(ledgers_in_time, *, terminal=False, **surroundings):
    """Return what is written if the ledgers come one second after each other."""
    written, clock = io.StringIO(), itertools.count()
    console = Console(file=written, force_terminal=terminal, width=160, highlight=False)
    with Progress(console, surroundings, lambda: float(next(clock))) as progress:
        for ledger in ledgers_in_time:
            progress.tell(ledger)
    return written.getvalue().removeprefix("\n")


def so_far(whole, seconds, **more):
    slots = tuple(slot for slot in whole.slots if slot.begin + slot.seconds <= seconds)
    return replace(whole, slots=slots, valid=float(seconds), position=float(seconds), **more)


def test_without_a_terminal_a_dated_line_comes_now_and_then(whole):
    said = told(so_far(whole, seconds) for seconds in range(301)).splitlines()
    # One in 15 s, a twentieth of the five minutes, and one at the end.
    assert 20 <= len(said) <= 22
    assert all(" UTC  gaia/staging  " in line for line in said)
    assert "2 min 30 s of 5 min measured, " in "\n".join(said)
    assert "5 min of 5 min measured" in said[-1]


def test_in_ci_nothing_moves_even_if_it_pretends_to_be_a_terminal(whole):
    said = told((so_far(whole, seconds) for seconds in (10, 20)), terminal=True, CI="true")
    assert "\r" not in said
    assert "\x1b[2K" not in said
    assert " UTC  gaia/staging  " in said


def test_on_a_terminal_a_bar_moves(whole):
    said = told((so_far(whole, seconds) for seconds in (10, 150)), terminal=True)
    assert "2 min 30 s of 5 min" in said
    assert "of the error budget" in said
    assert "\r" in said


@pytest.mark.parametrize("terminal", [False, True])
def test_a_finding_is_told_once_and_at_once(whole, terminal):
    finding = Finding(at=ledgers.BEGAN, kind="restarted", text="the target\nwas restarted \x1b[31m[red]")
    said = told(
        (so_far(whole, seconds, findings=(finding,) if seconds > 1 else ()) for seconds in range(1, 8)),
        terminal=terminal,
    )
    assert said.count("restarted: the target was restarted \\x1b[31m[red]") == 1
    assert "2026-03-02 06:00:00 UTC  gaia/staging  restarted" in said


def test_findings_of_a_run_before_are_counted_not_told(whole):
    finding = Finding(at=ledgers.BEGAN, kind="restarted", text="the target was restarted")
    said = told([so_far(whole, 10, findings=(finding,))])
    assert "the target was restarted" not in said
    assert "1 finding so far" in said
