"""The journal: what the load generator did, line by line, written so that a killed one cannot look complete.

The first line is the head, then one line for each visit in the order they ended, then the end. What the
generator was asked to do is not believed from here; the reader knows it from the order.
"""

import json
import math
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class JournalError(Exception):
    """The journal is no complete record of a journey; the text says what is wrong with it."""


@dataclass(frozen=True)
class Visit:
    """One visit; times in seconds after the begin of the schedule.

    `begun` is None for a visit that never began. `error` is empty if everything was as it should be;
    `overdue` says that it is about time alone, not about what was answered. `steps` holds the seconds each
    request took.
    """

    visit: int
    due: float
    begun: float | None
    ended: float
    error: str = ""
    overdue: bool = False
    steps: dict[str, float] = field(default_factory=dict)

    @property
    def latency(self) -> float:
        """Return the seconds a user waited, from the moment the visit was due; infinity if it failed."""
        return math.inf if self.error else self.ended - self.due

    @property
    def lag(self) -> float:
        """Return how many seconds late the generator was; one that never began was given up at its end."""
        return (self.ended if self.begun is None else self.begun) - self.due


@dataclass(frozen=True)
class Head:
    """Who writes the journal and since when (RFC 3339)."""

    pid: int
    began: str


@dataclass(frozen=True)
class End:
    """What the generator says it did in all; `broken` counts visits that its own mistakes cut short."""

    visits: int
    requests: int
    refused: tuple[str, ...]
    broken: int


class Writer:
    """Writes a journal; every line is with the kernel before the next, so a killed process loses none."""

    def __init__(self, path: Path, head: Head) -> None:
        self._stream = path.open("x", encoding="utf-8", buffering=1)
        self._line({"head": asdict(head)})

    def note(self, visit: Visit) -> None:
        """Write down one visit."""
        self._line(asdict(visit))

    def end(self, end: End) -> None:
        """Write the terminal record and see it to the disk; nothing may follow."""
        self._line({"end": asdict(end)})
        os.fsync(self._stream.fileno())

    def _line(self, content: dict[str, Any]) -> None:
        self._stream.write(json.dumps(content) + "\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()


@dataclass(frozen=True)
class Journal:
    """A complete journal."""

    head: Head
    visits: tuple[Visit, ...]
    end: End


def read(path: Path) -> Journal:
    """Read a journal.

    Raises:
        JournalError: it is missing, torn, not a journal, has no terminal record, or contradicts itself.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise JournalError("the load generator left no journal") from None
    except UnicodeDecodeError:
        raise JournalError("the journal is not UTF-8 text") from None
    if not text.endswith("\n"):
        lines = text.count("\n")
        raise JournalError(
            f"the journal breaks off in the middle of line {lines + 1}: the generator was ended"
        )
    entries = [_entry(number, line) for number, line in enumerate(text.splitlines(), start=1)]
    if "end" not in entries[-1]:
        raise JournalError(f"the journal has no end after {len(entries) - 1} visits: the generator was ended")
    try:
        head = Head(**entries[0]["head"])
        visits = tuple(Visit(**entry) for entry in entries[1:-1])
        end = End(**entries[-1]["end"])
    except (KeyError, TypeError) as error:
        raise JournalError(f"the journal has a line that is none of its kinds ({error})") from None
    _require_whole(visits, end)
    return Journal(head, visits, End(end.visits, end.requests, tuple(end.refused), end.broken))


def _entry(number: int, line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        raise JournalError(f"line {number} of the journal is not JSON") from None
    if not isinstance(entry, dict):
        raise JournalError(f"line {number} of the journal is no JSON object")
    return entry


def _require_whole(visits: Sequence[Visit], end: End) -> None:
    if end.visits != len(visits):
        raise JournalError(f"the journal holds {len(visits)} visits, its end says {end.visits}")
    if sorted(visit.visit for visit in visits) != list(range(len(visits))):
        raise JournalError("the journal names a visit twice, or leaves one out")
