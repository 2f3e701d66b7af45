"""The workers of a segment: what each wrote is joined window by window, in bounded memory."""

import hashlib
from array import array
from collections.abc import Iterator
from pathlib import Path

from proveout.load.ledger import LedgerError, windows
from proveout.load.line import End, Line, Segment, Window
from proveout.load.tail import Tail
from proveout.model.mistake import shown

AHEAD = 1000  # windows that wait for a slower worker; a copy that is missing must not fill the memory
MOST = 31 * 86400  # windows of a worker: one a second for the longest profile
_END = b'{"end":'


class Ended(Line):
    """How a worker's last line looks in the file."""

    end: End


class Workers:
    """What the workers of one segment wrote, joined window by window; `ends` are their last words."""

    def __init__(self, segment: Segment, folder: Path, profile: str) -> None:
        self.segment = segment
        self.profile = profile
        self.ends: dict[int, End] = {}
        self.last = -1  # the last window that all of them wrote
        self._tails = {
            number: Tail(windows(folder, segment.segment, number)) for number in range(segment.workers)
        }
        self._digests = {number: array("Q") for number in self._tails}
        self._reached = dict.fromkeys(self._tails, -1)
        self._waiting: dict[int, dict[int, Window]] = {}

    def lost(self, *, over: bool) -> int:
        """Return how many windows only some of them wrote; while it is not `over`, the rest may follow."""
        return sum(over or number < self.last for number in self._waiting)

    @property
    def troubles(self) -> Iterator[str]:
        """Return what is odd about their files."""
        for number, tail in self._tails.items():
            if tail.torn:
                yield tail.torn
            behind = max(self._reached.values()) - self._reached[number]
            if behind >= AHEAD:
                yield (
                    f"worker {number} of segment {self.segment.segment} is {behind} windows behind: is "
                    f"{shown(tail.path)} to be copied from another machine?"
                )

    def joined(self) -> Iterator[tuple[str, list[Window]]]:
        """Yield each window that all workers wrote, and the place of its last line."""
        new = {number: tail.lines(_window) for number, tail in self._tails.items()}
        while new:
            # Whoever is behind is read first, so that little has to wait in memory.
            number = min(new, key=lambda worker: self._reached[worker])
            if self._reached[number] - min(self._reached.values()) >= AHEAD:
                return
            line = next(new[number], None)
            if line is None:
                del new[number]
                continue
            place = self._tails[number].place
            data, content = line
            if isinstance(content, End):
                self._close(place, number, content)
            elif self._is_new(place, number, data, content):
                waiting = self._waiting.setdefault(content.number, {})
                waiting[number] = content
                if len(waiting) == self.segment.workers:
                    self.last = max(self.last, content.number)
                    del self._waiting[content.number]
                    yield place, list(waiting.values())

    def _is_new(self, place: str, number: int, data: bytes, window: Window) -> bool:
        self._same(place, number, window.segment, window.worker)
        if window.profile != self.profile:
            raise LedgerError(f"{place}: a window of another profile ({window.profile[:12]})")
        if window.number > MOST:
            raise LedgerError(f"{place}: window {window.number} is of no load that anybody drives")
        digest = int.from_bytes(hashlib.blake2b(data, digest_size=8).digest()) | 1
        digests = self._digests[number]
        digests.extend([0] * (window.number + 1 - len(digests)))
        known = digests[window.number]
        if known and known != digest:
            raise LedgerError(f"{place}: window {window.number} was written before, with other contents")
        if not known and number in self.ends:
            raise LedgerError(f"{place}: a window after the end of its worker")
        if not known and window.number < self._reached[number]:
            raise LedgerError(f"{place}: window {window.number} comes after {self._reached[number]}")
        digests[window.number] = digest
        self._reached[number] = max(self._reached[number], window.number)
        return not known

    def _close(self, place: str, number: int, end: End) -> None:
        self._same(place, number, end.segment, end.worker)
        if self.ends.setdefault(number, end) != end:
            raise LedgerError(f"{place}: another end of the same worker")

    def _same(self, place: str, number: int, segment: int, worker: int) -> None:
        if (segment, worker) != (self.segment.segment, number):
            raise LedgerError(
                f"{place}: a line of worker {worker} of segment {segment}, in the file of another"
            )


def _window(line: bytes) -> tuple[bytes, Window | End]:
    if line.startswith(_END):
        return line, Ended.model_validate_json(line).end
    return line, Window.model_validate_json(line)
