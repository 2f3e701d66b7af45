"""Merges the windows of all workers into slots, hours and totals; what is merged is not kept."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from proveout.load.histogram import Histogram
from proveout.load.ledger import Asked, Gap, LedgerError, Slot
from proveout.load.line import NEAR, Segment, Window

NAMES = 200  # names of requests that are told apart; the rest is one
OTHER = "(other names)"
REFUSED = 20  # refused requests that are told
ERRORS = 24  # kinds of errors of one name that are told apart
OTHER_ERRORS = "other errors"
SLACK = 1.0  # seconds; what lies closer together is no gap

Named = dict[str, Histogram]


@dataclass
class _Open:
    """A slot that is still being filled."""

    segment: int
    begin: float
    at: float
    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    idle: bool = True
    cpu: float = 0.0
    lag: float = 0.0
    waited: Named = field(default_factory=dict)

    def slot(self) -> Slot:
        names = {name: _asked(histogram) for name, histogram in self.waited.items()}
        return Slot(
            segment=self.segment,
            begin=self.begin,
            at=self.at,
            seconds=self.seconds,
            failed=sum(asked.failed for asked in names.values()),
            statuses=dict(self.statuses),
            idle=self.idle,
            cpu=self.cpu,
            lag=self.lag,
            names=names,
            **{key: self.counts[key] for key in ("due", "offered", "dropped", "broken", "requests")},
        )


@dataclass
class Run:
    """Valid windows without a break between them; `begin` and `end` are seconds of the epoch."""

    segment: int
    begin: float
    end: float
    start: float
    until: float


class Merging:
    """Takes complete windows in the order of their segment; `sample` is the length of a slot in seconds."""

    def __init__(self, sample: float) -> None:
        self.totals: Named = {}
        self.service: Named = {}
        self.hours: dict[int, Named] = {}
        self.errors: dict[str, Counter[str]] = {}
        self.refused: dict[str, None] = {}
        self.valid = 0.0
        self._sample = sample
        self._slots: dict[tuple[int, int], Slot] = {}
        self._open: dict[int, tuple[int, _Open]] = {}
        self._runs: list[Run] = []

    def add(self, windows: list[Window]) -> None:
        """Merge what all workers of a segment wrote of one window.

        Raises:
            LedgerError: they do not begin at the same profile time.
            ValueError: a histogram cannot be read.
        """
        first = windows[0]
        begin, end = first.begin, min(window.end for window in windows)
        if any(abs(window.begin - begin) > NEAR for window in windows) or end <= begin:
            raise LedgerError(
                f"window {first.number} of segment {first.segment} is not the same time for all workers\n"
                "next: see that all workers had the same order; begin anew"
            )
        at = min(window.at for window in windows)
        self.valid += end - begin
        self._extend(first.segment, begin, end, at)
        slot = self._slot(first.segment, begin, at)
        slot.seconds += end - begin
        slot.idle = slot.idle and all(window.idle for window in windows)
        hour = self.hours.setdefault(int((begin + NEAR) // 3600), {})
        for window in windows:
            self._count(window, slot)
            for name, tally in window.names.items():
                waited = Histogram.decode(tally.waited, tally.failed)
                for known in (slot.waited, hour, self.totals):
                    _of(known, name).merge(waited)
                _of(self.service, name).merge(Histogram.decode(tally.service, tally.failed))
                if tally.errors:
                    self._blame(name, tally.errors)

    def slots(self) -> tuple[Slot, ...]:
        """Return all slots in the order of time, those still being filled as they are."""
        being_filled = {(segment, index): slot.slot() for segment, (index, slot) in self._open.items()}
        found = {**self._slots, **being_filled}
        return tuple(found[key] for key in sorted(found))

    def runs(self) -> list[Run]:
        """Return the stretches without a break, in the order of time."""
        return sorted(self._runs, key=lambda run: (run.segment, run.start))

    def _count(self, window: Window, slot: _Open) -> None:
        for key in ("due", "offered", "dropped", "broken", "requests"):
            slot.counts[key] += getattr(window, key)
        slot.statuses.update(window.statuses)
        slot.cpu, slot.lag = max(slot.cpu, window.cpu), max(slot.lag, window.lag)
        for text in window.refused:
            if len(self.refused) < REFUSED:
                self.refused[text] = None

    def _blame(self, name: str, errors: Mapping[str, int]) -> None:
        known = self.errors.setdefault(name if name in self.totals else OTHER, Counter())
        for kind, count in errors.items():
            known[kind if kind in known or len(known) < ERRORS else OTHER_ERRORS] += count

    def _slot(self, segment: int, begin: float, at: float) -> _Open:
        index = int((begin + NEAR) // self._sample)
        known, slot = self._open.get(segment, (-1, None))
        if slot is None or known != index:
            if slot is not None:
                self._slots[segment, known] = slot.slot()
            slot = _Open(segment, begin, at)
            self._open[segment] = index, slot
        return slot

    def _extend(self, segment: int, begin: float, end: float, at: float) -> None:
        last = next((run for run in reversed(self._runs) if run.segment == segment), None)
        if last is None or abs(begin - last.until) > NEAR or at - last.end > SLACK:
            self._runs.append(Run(segment, at, at + end - begin, begin, end))
        else:
            last.end, last.until = at + end - begin, end


def gaps(runs: Iterable[Run], segments: dict[int, Segment]) -> tuple[Gap, ...]:
    """Return the times between stretches; a gap is planned if the segment after it says so."""
    found, before = [], None
    for run in runs:
        if before is not None and run.begin - before.end > SLACK:
            planned = run.segment != before.segment and segments[run.segment].planned
            found.append(Gap(before.end, run.begin, planned))
        before = run
    return tuple(found)


def _of(known: Named, name: str) -> Histogram:
    if name not in known and len(known) >= NAMES:
        name = OTHER
    return known.setdefault(name, Histogram())


def _asked(waited: Histogram) -> Asked:
    quantiles = (waited.quantile(q) for q in (0.5, 0.95, 0.99, 1.0))
    return Asked(waited.count, waited.failed, *quantiles)
