"""Four segments are one soak, with the real locust: the counts, the percentiles and the verdict of one.

Counts are equal, for the schedule is absolute. Percentiles are within 1 % and the width of a bucket although
the machine is busy with both runs: each visit is answered after a time of its own, the same in either run, of
which the milliseconds that the machine adds are far less than 1 %.
"""

import signal
from collections import Counter

import pytest

from machinery.counting import Target
from machinery.coursing import Supervisor, lay_out, verdict
from proveout.load.ledger import SEGMENTS, append, create, windows
from proveout.load.line import Segment
from proveout.load.profile import Latency, load_profile
from proveout.load.reading import read
from proveout.load.schedule import Schedule
from proveout.model.verdict import Word

LASTS, RATE = 14, 30
VISIT, LOOK = "GET /visit/N", "GET /look/N"
JOURNEY = """
from locust import task
from proveout.load.users import GuardedUser

class Visitor(GuardedUser):
    @task(3)
    def visit(self):
        self.come("/visit/N")

    @task
    def look(self):
        self.come("/look/N")

    def come(self, name):
        number = self.number
        self.ask("GET", f"/visit/{number}", name=name, fits=lambda answer: answer == {"visit": number})
"""
BUDGETS = """
restarts = 0
rss = "1GiB"
descriptors = 1000
threads = 1000
server_errors = 0
[system.ceesar.requests]
"GET /visit/N" = { p50 = "1s", p95 = "2s", p99 = "5s" }
"GET /look/N" = { p50 = "1s" }
"""
# In seconds. p50, p95 and p99 each lie in the midst of the visits that take one of them, where what a busy
# machine adds to a few does not count. All are shorter than what is given to visits that are under way when
# one is asked to end (2 s).
DELAYS = (*[0.3] * 24, *[0.6] * 51, *[0.9] * 3, *[1.2] * 2)
PRECISION = 0.01
BUCKET = 0.008  # of a value is the width of its bucket in a histogram, which tells nothing finer


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The ledgers of a run without a break and of one with three, and what the target saw of the two."""
    place = tmp_path_factory.mktemp("segments")
    shape = {"lasts": LASTS, "rate": RATE, "sample": "1s", "journey": JOURNEY, "budgets": BUDGETS}
    whole, parts = lay_out(place / "whole", **shape), lay_out(place / "parts", **shape)
    with Target(whole, delays=DELAYS) as target:
        # Both at once: what the machine does to one, it does to the other.
        alone = Supervisor(whole, target.url)
        for number, asked in enumerate((signal.SIGTERM, signal.SIGINT, signal.SIGTERM), start=1):
            supervisor = Supervisor(parts, target.url)
            supervisor.until(measured(number, after=LASTS / 4 * number - 1))
            supervisor.send(asked)
            last = supervisor.wait().segments[-1]
            assert (last.segment, last.checkpoint) == (number, True)
            assert last.why == f"asked to end by {asked.name}"
        ledger = Supervisor(parts, target.url).wait()
        return alone.wait(), ledger, target.seen


def measured(segment, after):
    return lambda ledger: len(ledger.segments) == segment and ledger.position >= after


def test_a_checkpoint_loses_nothing(both):
    _, parts, _ = both
    assert [segment.checkpoint for segment in parts.segments] == [True, True, True, False]
    assert (parts.valid, parts.position, parts.lost, len(parts.gaps)) == (LASTS, LASTS, 0, 3)
    assert all(gap.planned for gap in parts.gaps)
    assert (parts.findings, parts.troubles) == ((), ())


def test_four_segments_count_what_one_counts(both):
    whole, parts, seen = both
    for key in ("due", "offered", "requests", "failed", "dropped"):
        assert total(parts, key) == total(whole, key)
    counts = {name: histogram.count for name, histogram in parts.totals.items()}
    assert counts == {name: histogram.count for name, histogram in whole.totals.items()}
    assert set(counts) == {VISIT, LOOK}
    schedule = Schedule(load_profile(whole.folder.parents[1], "small"))
    due = [arrival.number for arrival in schedule.between(0, LASTS)]
    assert len(due) == total(parts, "due") == sum(counts.values()) > 350
    assert Counter(visit for _, visit in seen) == dict.fromkeys(due, 2), "each asked once by either"


@pytest.mark.parametrize("quantile", [0.5, 0.95, 0.99])
def test_four_segments_have_the_percentiles_of_one(both, quantile):
    whole, parts, _ = both
    for kind in ("totals", "service"):
        found, expected = (getattr(each, kind)[VISIT].quantile(quantile) for each in (parts, whole))
        assert found == pytest.approx(expected, rel=PRECISION + BUCKET), kind


@pytest.mark.parametrize(
    ("budgets", "word", "not_kept"),
    [
        ({}, Word.PASS, set()),
        ({"error_share": 0.005}, Word.HOLD, {"errors"}),
        ({"requests": {VISIT: Latency(p50="500ms", p95="2s")}}, Word.FAIL, {f"latency {VISIT} p50"}),
    ],
    ids=["kept", "too few to know", "broken"],
)
def test_four_segments_have_the_verdict_of_one(both, budgets, word, not_kept):
    one, four = (verdict(ledger, **budgets) for ledger in both[:2])
    assert {b.name: b.word for b in four.budgets} == {b.name: b.word for b in one.budgets}
    assert {b.name for b in four.budgets if b.word is not Word.PASS and not b.claim} == not_kept
    assert one.word is four.word is word
    assert "gaps of the generator: 3, planned 3" in four.by_name["coverage"].text


def test_windows_add_up_to_the_same_wherever_they_are_cut(both, tmp_path):
    whole, _, _ = both
    assert split(whole, tmp_path).totals == whole.totals


def split(ledger, folder):
    """Return the ledger that its windows would make in four segments."""
    parts = folder / "split"
    create(parts, ledger.head, ledger.folder / "profile.toml")
    lines = windows(ledger.folder, 1, 0).read_text().splitlines()[:-1]
    cuts = [0, 1, 3, 6, len(lines)]
    for segment in range(1, 5):
        mine = lines[cuts[segment - 1] : cuts[segment]]
        append(
            parts / SEGMENTS, Segment(segment=segment, start=float(cuts[segment - 1]), workers=1, began=1.0)
        )
        windows(parts, segment, 0).write_text(
            "".join(line.replace('"segment":1', f'"segment":{segment}', 1) + "\n" for line in mine)
        )
    return read(parts)


def total(ledger, key):
    return sum(getattr(slot, key) for slot in ledger.slots)
