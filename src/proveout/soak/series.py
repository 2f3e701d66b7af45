"""Series of what a target needs, sample by sample, each with the load it was taken under."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from proveout.load.ledger import Ledger, Slot
from proveout.load.line import Sample
from proveout.load.rate import Rate
from proveout.soak.strata import Strata, begun_anew

Values = NDArray[np.float64]

NAMES = ("rss", "descriptors", "threads", "disk", "log")
UNITS = {"rss": "B", "disk": "B", "log": "B", "descriptors": "", "threads": ""}
STEPS = {"rss": 4096.0, "disk": 4096.0, "log": 1.0, "descriptors": 1.0, "threads": 1.0}  # finest difference
BY_WORK = frozenset({"disk", "log"})  # what is written grows with what is done, or with the hours
LATE = 5.0  # seconds after the end of a slot that a sample still belongs to it
KEYS = {"disk": ("database", "log"), "log": ("log",)}  # of a sample, and of what it says it could not see
ANOTHER = frozenset({"restarted", "redeployed", "copy"})  # what comes after is not what was before


@dataclass(frozen=True)
class Series:
    """One quantity over time, without the warm-up of each process of the target.

    `hours` count from the first sample, `work` the same in hours of the average load: what was written grows
    with what was done rather than with the hours. `load` is requests per second at that moment, `stratum` the
    number of the target's process, `quiet` whether nobody arrived. `unknown` says why there is nothing, where
    there is not.
    """

    name: str
    hours: Values
    values: Values
    load: Values
    stratum: NDArray[np.int64]
    quiet: NDArray[np.bool_]
    unknown: str = ""
    work: Values | None = None

    @property
    def clocks(self) -> "tuple[Series, ...]":
        """Return it over each clock its growth may go by."""
        if self.name not in BY_WORK or self.work is None:
            return (self,)
        return self, replace(self, hours=self.work)

    @property
    def unit(self) -> str:
        """Return "B" for bytes, nothing for what is counted."""
        return UNITS[self.name]

    @property
    def resolution(self) -> float:
        """Return the smallest difference two values can have."""
        return STEPS[self.name]

    def of(self, stratum: int) -> "Series":
        """Return the part of one process of the target."""
        return self._chosen(self.stratum == stratum)

    def until(self, hours: float) -> "Series":
        """Return the part before an hour."""
        return self._chosen(self.hours < hours)

    @property
    def strata(self) -> list[int]:
        """Return the numbers of the target's processes that are seen in it."""
        return [int(number) for number in np.unique(self.stratum)]

    def relieved(self, hours: float) -> "Series":
        """Return it without what the load of the moment takes, as seen within stretches of so many hours.

        Within a stretch a wave of the day is hardly felt, but pauses and busy moments are. What grows within
        one, in all of them alike, is told apart from it.
        """
        if len(self.hours) < 2:
            return self
        stretch = np.unique(np.floor(self.hours / hours), return_inverse=True)[1]
        sizes = np.bincount(stretch)

        def within(values: Values) -> Values:
            return values - (np.bincount(stretch, values) / sizes)[stretch]

        clock, load, values = within(self.hours), within(self.load), within(self.values)
        spread = float(clock @ clock)
        if spread > 0:
            load = load - clock * (float(clock @ load) / spread)
        spread = float(load @ load)
        if spread <= 1e-9 * float(self.load @ self.load):
            return self
        return replace(self, values=self.values - self.load * (float(load @ values) / spread))

    def _chosen(self, mask: NDArray[np.bool_]) -> "Series":
        return Series(
            self.name,
            self.hours[mask],
            self.values[mask],
            self.load[mask],
            self.stratum[mask],
            self.quiet[mask],
            self.unknown,
            None if self.work is None else self.work[mask],
        )


def series(ledger: Ledger, name: str) -> Series:
    """Return one series of a ledger; it is empty, and says why, where nothing could be seen."""
    return all_series(ledger, (name,))[name]


def all_series(ledger: Ledger, names: Iterable[str] = NAMES) -> Mapping[str, Series]:
    """Return the named series, joined from samples and slots once."""
    samples = sorted(ledger.samples, key=lambda sample: sample.at)
    strata = processes(ledger, samples)
    slots = sorted(ledger.slots, key=lambda slot: slot.at)
    load, quiet, work = _under(samples, slots)
    at = np.array([sample.at for sample in samples], dtype=float)
    hours = (at - at[0]) / 3600.0 if len(at) else at
    whole = Rate(ledger.profile).total(ledger.profile.duration)
    worked = work * (ledger.profile.duration / 3600.0 / whole) if whole and work.any() else hours
    warmed = _warmed(at, strata, ledger.warm)
    found = {}
    for name in names:
        raw = [_value(sample, name) for sample in samples]
        seen = warmed & np.array([value is not None for value in raw], dtype=bool)
        values = np.array([np.nan if value is None else value for value in raw], dtype=float)
        found[name] = Series(
            name,
            hours[seen],
            values[seen],
            load[seen],
            strata[seen],
            quiet[seen],
            "" if seen.any() else _why(samples, name),
            worked[seen],
        )
    return found


def processes(ledger: Ledger, samples: Iterable[Sample]) -> NDArray[np.int64]:
    """Return for each sample, in order of time, the number of the target's process it is of, from 0."""
    strata = Strata(ledger.head, begun_anew(ledger.segments))
    begun = [any(found.kind in ANOTHER for found in strata.look(sample)) for sample in samples]
    return np.cumsum(np.array(begun, dtype=np.int64))


def _value(sample: Sample, name: str) -> float | None:
    if name == "disk":
        return None if sample.database is None else float(sample.database + (sample.log or 0))
    value: int | None = getattr(sample, name)
    return value


def _why(samples: list[Sample], name: str) -> str:
    if not samples:
        return "the target was never sampled"
    keys = KEYS.get(name, (name, "process"))
    reasons = Counter(
        sample.unknown[key] for sample in samples for key in keys if sample.unknown.get(key)
    ).most_common(1)
    if reasons:
        return reasons[0][0]
    return (
        "all samples are of the warm-up" if any(_value(s, name) is not None for s in samples) else "not seen"
    )


def _under(samples: list[Sample], slots: list[Slot]) -> tuple[Values, NDArray[np.bool_], Values]:
    """Return per sample the requests per second, whether it was a pause, and the arrivals so far."""
    begins = [slot.at for slot in slots]
    before = np.concatenate([[0.0], np.cumsum([slot.offered for slot in slots])])
    load, quiet, work = [], [], []
    for sample in samples:
        index = bisect_right(begins, sample.at) - 1
        slot = slots[index] if index >= 0 else None
        if slot is None or sample.at > slot.at + slot.seconds + LATE:
            load.append(0.0)
            quiet.append(False)
            work.append(before[index + 1])
            continue
        share = min((sample.at - slot.at) / slot.seconds, 1.0) if slot.seconds else 1.0
        load.append(slot.requests / slot.seconds if slot.seconds else 0.0)
        quiet.append(slot.idle)
        work.append(before[index] + share * slot.offered)
    return np.array(load, dtype=float), np.array(quiet, dtype=bool), np.array(work, dtype=float)


def _warmed(at: Values, strata: NDArray[np.int64], warm: float) -> NDArray[np.bool_]:
    """Return which samples are later than the warm-up of their process."""
    found = np.ones(len(at), dtype=bool)
    for number in np.unique(strata):
        mine = strata == number
        found[mine] = at[mine] >= at[mine].min() + warm
    return found
