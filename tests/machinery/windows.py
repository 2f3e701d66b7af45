"""A ledger written line by line, as the workers of a load do: for tests of those who read it."""

import hashlib

from proveout.load.histogram import Histogram
from proveout.load.ledger import SEGMENTS, append, create, windows
from proveout.load.line import End, Head, Segment, Tally, Window

EPOCH = 1_800_000_000.0
PROFILE = """
says = "ten minutes of little"
window = "10s"
sample = "60s"
warm_up = "1m"
[[phases]]
lasts = "10m"
rate = 5
[system.ceesar]
journeys = [{ journey = "reader", share = 1 }]
[system.ceesar.limits]
error_share = 0.01
"""


def histogram(*seconds):
    found = Histogram()
    for value in seconds:
        found.add(value)
    return found


class Writing:
    """A ledger of `workers`, of a profile of ten minutes in windows of ten seconds."""

    def __init__(self, folder, *, workers=1, **head):
        self.folder, self.workers = folder / "ledger", workers
        file = folder / "small.toml"
        file.write_text(PROFILE)
        self.digest = hashlib.sha256(file.read_bytes()).hexdigest()
        known = {
            "ledger": "1",
            "environment": "ceesar/gamma",
            "provenance": "live",
            "url": "http://127.0.0.1:1",
            "version": "1.0.0",
            "profile_name": "small",
            "profile": self.digest,
            "definition": "d",
            "duration": 600.0,
            "rehearsal": False,
            "window": 10.0,
            "sample": 60.0,
            "began": "2026-11-20T10:00:00+00:00",
        }
        self.head = Head(**known | head)
        create(self.folder, self.head, file)
        self.segment_number, self.start, self.at = 0, 0.0, EPOCH

    def segment(self, *, start=0.0, at=None, **words):
        """Begin a segment at a position, `at` seconds after the begin of all."""
        self.segment_number += 1
        self.start, self.at = start, EPOCH + (start if at is None else at)
        segment = Segment(
            **{
                "segment": self.segment_number,
                "start": start,
                "workers": self.workers,
                "began": self.at,
                **words,
            }
        )
        append(self.folder / SEGMENTS, segment)
        return segment

    def window(self, number, worker=0, *, seconds=(0.01, 0.02), failed=0, lasts=10.0, **words):
        """Return a window of the segment begun last."""
        asked = len(seconds) + failed
        tally = Tally(
            count=asked,
            failed=failed,
            service=histogram(*seconds).encode(),
            waited=histogram(*seconds).encode(),
        )
        known = {
            "segment": self.segment_number,
            "worker": worker,
            "number": number,
            "profile": self.digest,
            "begin": self.start + number * 10.0,
            "end": self.start + number * 10.0 + lasts,
            "at": self.at + number * 10.0,
            "due": asked,
            "offered": asked,
            "dropped": 0,
            "requests": asked,
            "statuses": {"200": len(seconds)},
            "names": {"GET /": tally},
        }
        return Window(**known | words)

    def write(self, *numbers, workers=None, **words):
        """Let workers (all) write windows."""
        for number in numbers:
            for worker in range(self.workers) if workers is None else workers:
                window = self.window(number, worker, **words)
                append(windows(self.folder, window.segment, worker), window)

    def end(self, worker=0, *, count, why="complete"):
        end = End(segment=self.segment_number, worker=worker, windows=count, why=why)
        append(windows(self.folder, self.segment_number, worker), end)
