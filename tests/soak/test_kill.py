"""kill -9 of anything at any moment: at most the open window is lost, and the rest is what the server saw.

The longer campaign, with other moments: PROVEOUT_KILLS=20 pytest tests/soak/test_kill.py
"""

import os
import random
import signal
import time
from contextlib import suppress

import psutil
import pytest

from machinery.counting import Target
from machinery.coursing import Supervisor, lay_out, verdict
from proveout.load.profile import load_profile
from proveout.load.reading import read
from proveout.load.schedule import Schedule
from proveout.load.signs import Signs
from proveout.model.verdict import Word

SEEDS = range(int(os.environ.get("PROVEOUT_KILLS", "1")))
RATE, WINDOW = 80, 1.0
# At the end of each window nobody arrives, so that no answer comes in the window after that of its visit:
# only then is there one number that the valid windows must count.
PAUSE, SHARE = "400ms", 0.6
WRITING = 1.0  # seconds that a busy machine may take to write a window down
EDGE = 1.0  # seconds before a kill from which a visit may be under way on a busy machine
AGREED = 0.999  # share of what the server counted that the ledger must count


def kill_worker(supervisor, chance):
    members = supervisor.members()
    members[chance.choice(sorted(members.keys() - {None}))].kill()


def kill_master(supervisor, _):
    supervisor.members()[None].kill()


def kill_supervisor(supervisor, _):
    supervisor.send(signal.SIGKILL)
    supervisor.process.wait()


def position_at(folder, ledger, moment):
    """Return the profile time of a moment, from when the last segment was let go."""
    last = ledger.segments[-1]
    begun = float(Signs(folder, last.segment).go.read_text())
    return last.start + moment - begun


def running(segment, after):
    return lambda ledger: (
        len(ledger.segments) == segment
        and ledger.position > ledger.segments[-1].start
        and ledger.position >= after
    )


def left(folder):
    """Return what still runs with the ledger for its home."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            found += [process.cmdline()] * (process.environ().get("HOME") == str(folder))
    return found


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("workers", "kills", "lasts"),
    [(2, (kill_worker, kill_master, kill_supervisor), 10), (1, (kill_worker,), 5)],
    ids=["master and workers", "single runner"],
)
def test_what_is_killed_costs_its_open_window_and_nothing_else(tmp_path, workers, kills, lasts, seed):
    chance = random.Random(seed)  # noqa: S311 - moments to kill at
    folder = lay_out(tmp_path / "kill", lasts=lasts, rate=RATE, pause=PAUSE)
    kills = chance.sample(kills, len(kills))
    reached = {}
    with Target(folder) as target:
        supervisor = Supervisor(folder, target.url, workers=workers)
        for segment, kill in enumerate(kills, start=1):
            supervisor.until(running(segment, after=chance.uniform(2.5 * segment - 2, 2.5 * segment)))
            time.sleep(chance.random() * WINDOW)
            assert supervisor.members().keys() == {*range(workers), *[None] * (workers > 1)}
            ledger = read(supervisor.ledger)
            kill(supervisor, chance)
            reached[segment] = position_at(supervisor.ledger, ledger, time.time())
            if kill is kill_supervisor:
                unfinished(read(supervisor.ledger))
                supervisor = Supervisor(folder, target.url, workers=workers)
        ledger = supervisor.wait()
        seen = target.seen
    assert (ledger.position, ledger.valid, ledger.segments[-1].why) == (lasts, lasts, "complete")
    assert len(ledger.segments) == len(kills) + 1
    assert len(ledger.gaps) == len(kills)
    assert not any(gap.planned for gap in ledger.gaps)
    assert [finding.kind for finding in ledger.findings] == ["generator"] * sum(
        kill is not kill_supervisor for kill in kills
    )
    assert ledger.troubles == ()
    for segment, position in reached.items():
        assert ledger.segments[segment].start > position - WINDOW - WRITING
    same_counts(folder, ledger, seen)
    assert verdict(ledger).by_name["restarts"].word is Word.PASS, "nothing happened to the target"
    assert f"gaps of the generator: {len(kills)}, planned 0" in verdict(ledger).by_name["coverage"].text
    assert left(supervisor.ledger) == []
    assert list((supervisor.ledger / "started").iterdir()) == []


def unfinished(ledger):
    """What a kill cut off, with nobody to go on with it, cannot be known, whatever was measured before."""
    judged = verdict(ledger, error_share=0.5)
    assert ledger.position < ledger.head.duration
    assert judged.by_name["errors"].word is Word.PASS
    assert judged.by_name["coverage"].word is judged.word is Word.HOLD
    assert "it has not come to its end" in judged.by_name["coverage"].text


def same_counts(folder, ledger, seen):
    """The ledger counts what the server saw of the visits that were due in a segment's valid windows."""
    schedule = Schedule(load_profile(folder, "small"))
    counted = {segment.segment: 0 for segment in ledger.segments}
    for slot in ledger.slots:
        counted[slot.segment] += slot.requests
        assert (slot.failed, slot.dropped, slot.offered) == (0, 0, slot.due)
    ends = [*(segment.start for segment in ledger.segments[1:]), ledger.position]
    begins = [*(segment.began for segment in ledger.segments[1:]), float("inf")]
    own = 0  # what the server counts of the visits of all valid windows
    for segment, end, following in zip(ledger.segments, ends, begins, strict=True):
        due = {arrival.number: arrival.due for arrival in schedule.between(segment.start, end)}
        served = [visit for at, visit in seen if segment.began <= at < following and visit in due]
        # What was under way when the last window ended is counted in the next, which is lost.
        open_end = end < ledger.position
        edge = {visit for visit, at in due.items() if open_end and at > end - EDGE}
        assert len(set(served)) == len(served), "nothing was asked twice in one segment"
        assert due.keys() - set(served) <= edge
        assert len(set(served) - edge) <= counted[segment.segment] <= len(served)
        own += len(served)
    assert own > 0.8 * SHARE * RATE * ledger.valid
    assert AGREED * own <= sum(counted.values()) <= own


def test_a_target_that_is_killed_cannot_look_well(tmp_path):
    folder = lay_out(tmp_path / "kill", lasts=7, rate=50)
    with Target(folder) as target:
        supervisor = Supervisor(folder, target.url)
        supervisor.until(lambda ledger: ledger.position >= 1 and ledger.samples)
        target.kill()
        ledger = supervisor.until(lambda ledger: any(not sample.get.isdecimal() for sample in ledger.samples))
        target.start()
        ledger = supervisor.wait()
        seen = target.seen
    assert (ledger.position, ledger.valid, len(ledger.segments)) == (7, 7, 1)
    assert [finding.kind for finding in ledger.findings] == ["restarted"]
    failed = sum(slot.failed for slot in ledger.slots)
    answered = sum(slot.requests for slot in ledger.slots) - failed
    assert failed > 0
    assert answered <= len(seen) <= answered + 5, "it may have been killed between seeing and answering"
    assert ledger.totals["GET /visit/N"].quantile(1.0) == float("inf")
    # All else is allowed: that it was killed is enough.
    judged = verdict(ledger, error_share=0.99)
    assert [b.name for b in judged.budgets if b.word is Word.FAIL and not b.claim] == ["restarts"]
    assert judged.word is Word.FAIL
    assert "the target was restarted once; the budget is 0; at first" in judged.by_name["restarts"].text
    assert verdict(ledger, error_share=0.99, restarts=1).by_name["restarts"].word is not Word.FAIL
