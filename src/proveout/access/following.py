"""Follows a log: what was written since the last look, also where it was rotated meanwhile."""

from dataclasses import dataclass

from proveout.access.answer import Wrong
from proveout.access.log_file import LogFile
from proveout.access.logs import Logs
from proveout.access.severity import LONGEST, hints_in, holds, is_critical, text_of

MOST = 16 * 2**20  # bytes that one look reads; a log that grows faster is counted as far as that goes
MARK = 512  # bytes before the last look by which the file is known again
ENOUGH = 1000  # lines of a kind that are counted in one look
OTHER_WORDS = {"debug": (b"trace",), "warn": (b"warning",)}


@dataclass(frozen=True)
class Said:
    """Lines that mean trouble, and lines below the level, since the look before.

    Where not all could be read, `unread` says why, and the numbers are the least there were.
    """

    critical: int
    below: int
    unread: str = ""


class Following:
    """One log, from where it ended when the following began; at most 16 MiB are read at a time."""

    def __init__(self, logs: Logs, level: str) -> None:
        self.logs = logs
        order = logs.form.levels
        self._talkative = frozenset(order[: order.index(level)] if level in order else ())
        words = {word.encode() for word in self._talkative}
        self._words = tuple(words.union(*(OTHER_WORDS.get(word, ()) for word in self._talkative)))
        self._file = logs.stored
        self._place = self._file.size()
        self._mark = b""
        if self._place:
            start = max(0, self._place - MARK)
            self._mark = self._file.read(start)[: self._place - start]

    def look(self) -> Said:
        """Return what was said since the last look.

        Raises:
            Wrong: the log is missing or cannot be read.
            Unknowable: its machine cannot be reached.
        """
        count = _Count(self.logs, self._talkative, self._words)
        unread = ""
        if not self._is_same(self._file):
            older = list(self._file.set_aside())
            at = next((n for n, file in enumerate(older) if self._is_same(file)), None)
            if at is None:
                unread = f"{self._file} was replaced, and what stood in it is not at hand"
            else:
                self._place, _ = count.read(older[at], self._place)
                for file in reversed(older[:at]):
                    count.read(file, 0)
            self._place, self._mark = 0, b""
        self._place, self._mark = count.read(self._file, self._place, self._mark)
        if not unread and count.left <= 0:
            left = self._file.size() - self._place
            unread = (
                f"{self._file} grew faster than it is read: {left} bytes were passed over" if left else ""
            )
            self._place += max(0, left)
            self._mark = b""
        return Said(count.critical, count.below, unread)

    def _is_same(self, file: LogFile) -> bool:
        """Return whether a file is the one that was looked at, only longer."""
        if file.size() < self._place:
            return False
        start = self._place - len(self._mark)
        try:
            return not self._mark or file.read(start)[: len(self._mark)] == self._mark
        except Wrong:
            return False


class _Count:
    """Counts lines of one look, over all the files it reads."""

    def __init__(self, logs: Logs, talkative: frozenset[str], words: tuple[bytes, ...]) -> None:
        self._logs = logs
        self._talkative = talkative
        self._words = words
        self.left = MOST
        self.critical = 0
        self.below = 0

    def read(self, file: LogFile, place: int, mark: bytes = b"") -> tuple[int, bytes]:
        """Count whole lines from a place on; return where they end, and what stands before that."""
        while self.left > 0:
            part = file.read(place)
            end = part.rfind(b"\n") + 1
            if not end and len(part) <= LONGEST:
                break  # nothing, or a line that is still being written
            end = end or len(part)
            self._note(part[:end])
            mark = (mark + part[:end])[-MARK:]
            place += end
            self.left -= end
        return place, mark

    def _note(self, part: bytes) -> None:
        lowered = part.lower()
        hints = hints_in(self._logs, part)
        words = tuple(word for word in self._words if word in lowered)
        if not hints and not words:
            return
        for line in part.split(b"\n"):
            short = line[:LONGEST]
            if self.critical < ENOUGH and hints and holds(short, hints):
                self.critical += is_critical(self._logs, text_of(short))
            if self.below < ENOUGH and words and holds(short, words):
                self.below += self._logs.level(text_of(short)) in self._talkative
            if self.critical >= ENOUGH and self.below >= ENOUGH:
                return
