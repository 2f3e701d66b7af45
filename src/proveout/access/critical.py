"""Critical errors in the log of a target, over a window in which the log is known to have been live.

Silence is not health: that nothing critical was written says something only where something was.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from proveout.access.answer import Unknowable, Wrong
from proveout.access.log_file import LogFile
from proveout.access.logs import Logs
from proveout.access.severity import LONGEST, hints_in, holds, is_critical, text_of
from proveout.access.stamp import stamp
from proveout.evidence.instant import written
from proveout.model.wording import plain
from proveout.providers.readiness import GaveUp, NotYet, probe

BACK = 64 * 2**20  # bytes before the run that are looked at
DURING = 64 * 2**20  # bytes of the run that are looked at; more, and it is not known what they say
MARK = 4096  # bytes before the run by which the file is known again
RECENT = 100  # lines among which the time of one without its own is looked for
EXAMPLES = 5
SHOWN = 300  # characters of an example
CLOCKS = timedelta(minutes=5)  # how far the clock of a server may be from ours


class _Unknown(Exception):
    """Why the log says nothing of the window."""


@dataclass(frozen=True)
class Window:
    """The log of a target as it was when the run began."""

    logs: Logs
    begun: datetime
    size: int
    mark: bytes

    @classmethod
    def opened(cls, logs: Logs, begun: datetime) -> "Window":
        """Remember how long the log is, and how it ends.

        Raises:
            Wrong: it cannot be read.
            Unknowable: its machine cannot be reached.
        """
        size = logs.stored.size()
        return cls(logs, begun, size, _part(logs.stored, max(0, size - MARK), size) if size else b"")

    def read(
        self, event: Callable[[], object] | None, clean: Callable[[str], str], now: Callable[[], datetime]
    ) -> dict[str, Any]:
        """Return what the log said until now, as JSON values; under `unknown` why nothing is known.

        `event` makes the target write a line; `clean` masks what nobody may see.
        """
        try:
            return self._read(event, clean, now)
        except (_Unknown, Wrong, Unknowable) as error:
            return {"unknown": plain(clean(str(error)), limit=SHOWN)}

    def _read(
        self, event: Callable[[], object] | None, clean: Callable[[str], str], now: Callable[[], datetime]
    ) -> dict[str, Any]:
        live, how = self._is_live(event)
        end = self.logs.stored.size()
        if end == 0:
            self.logs.stored.read(0)  # says so if it is missing
        if end - self.size > DURING:
            raise _Unknown(
                f"{self.logs.stored} grew by {end - self.size} bytes in the run; {DURING} are read at most"
            )
        first = max(0, self.size - BACK)
        if first:
            how += f"; of {self.size} bytes before the run the last {BACK} were read"
        found, before, seen = _Found(clean), _Found(clean), _Seen(self.begun, now())
        for line, is_ours, hints in self._lines(first, end):
            seen.note(line, ours=is_ours)
            if hints and holds(line, hints) and is_critical(self.logs, text := text_of(line)):
                (found if is_ours else before).note(text, seen.newest)
        self._require_same()
        since, said = seen.since()
        until = now()
        # What stood there before the run, nobody knows for how long, is no part of the window.
        all_ = [found, before] if since < self.begun else [found]
        latest = until if found.count else before.newest or since
        critical = sum(one.count for one in all_)
        return {
            "from": written(since),
            "to": written(until),
            "live": live,
            "critical": critical,
            "latest": written(latest) if critical else None,
            "examples": [example for one in all_ for example in one.examples][:EXAMPLES],
            "how": f"{how}; {said}",
        }

    def _is_live(self, event: Callable[[], object] | None) -> tuple[bool, str]:
        if self._has_grown():
            return True, "lines were written during the run"
        self._require_same()
        if event is None:
            return False, "nothing was written during the run, and the definition has no [logs] event"
        event()
        try:
            probe(self._require_growth, within=2.0)
        except GaveUp:
            return False, "nothing was written during the run, not even of [logs] event"
        return True, "a line was written of [logs] event"

    def _has_grown(self) -> bool:
        return self.logs.stored.size() > self.size

    def _require_growth(self) -> None:
        if not self._has_grown():
            raise NotYet("the log does not grow")

    def _require_same(self) -> None:
        """The file must be the one the run began with, only longer."""
        if self.logs.stored.size() < self.size:
            raise _Unknown(f"{self.logs.stored} was cut or begun anew during the run")
        if self.mark and _part(self.logs.stored, self.size - len(self.mark), self.size) != self.mark:
            raise _Unknown(f"{self.logs.stored} was replaced or rotated during the run")

    def _lines(self, first: int, end: int) -> Iterator[tuple[bytes, bool, tuple[bytes, ...]]]:
        """Yield whole lines with whether they were written during the run, and hints at critical ones."""
        rest, place, skipping = b"", first, first > 0
        while place < end:
            part = self.logs.stored.read(place)[: end - place]
            if not part:
                raise _Unknown(f"{self.logs.stored} became shorter while it was read")
            hints = hints_in(self.logs, rest + part)
            *whole, last = (rest + part).split(b"\n")
            start = place - len(rest)
            for line in whole:
                if not skipping:
                    yield line[:LONGEST], start + len(line) >= self.size, hints
                start += len(line) + 1
                skipping = False
            # Of a line without an end only the beginning is kept: it may be gigabytes.
            place += len(part)
            rest = last[:LONGEST]
        if rest and not skipping:
            yield rest, True, hints_in(self.logs, rest)


class _Found:
    """Counts critical lines and keeps the first few, fit to be shown."""

    def __init__(self, clean: Callable[[str], str]) -> None:
        self._clean = clean
        self.count = 0
        self.examples: list[str] = []
        self.newest: datetime | None = None

    def note(self, line: str, when: datetime | None) -> None:
        self.count += 1
        self.newest = when or self.newest
        if len(self.examples) < EXAMPLES:
            # Masked before it is cut: half a secret is not found any more.
            self.examples.append(plain(self._clean(line).strip(), limit=SHOWN - 3))


class _Seen:
    """From when on the log was seen, by the stamps of its lines."""

    def __init__(self, begun: datetime, now: datetime) -> None:
        self._begun = begun
        self._now = now
        self._first: datetime | None = None
        self._ours: datetime | None = None
        self._recent: deque[bytes] = deque(maxlen=RECENT)

    def note(self, line: bytes, *, ours: bool) -> None:
        self._recent.append(line)
        if self._first is None:
            self._first = _stamp(line)
        if ours and self._ours is None:
            self._ours = _stamp(line)

    @property
    def newest(self) -> datetime | None:
        """Return the time of the last line, or of one not far before: a traceback bears none itself."""
        return next((when for line in reversed(self._recent) if (when := _stamp(line))), None)

    def since(self) -> tuple[datetime, str]:
        """Return the moment and what it rests on."""
        if self._first is None:
            return self._begun, "its lines bear no times, so it is known from the begin of the run"
        # The stamps of old lines are believed only if those of the run are right.
        if self._ours is None or not self._begun - CLOCKS <= self._ours <= self._now + CLOCKS:
            return self._begun, "its times cannot be checked, so it is known from the begin of the run"
        return min(self._first, self._begun), "by the time of its first line that was read"


def _part(file: LogFile, start: int, end: int) -> bytes:
    return file.read(start)[: end - start]


def _stamp(line: bytes) -> datetime | None:
    return stamp(line[:1024].decode("utf-8", "replace"))
