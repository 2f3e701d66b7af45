"""The schedule: when each arrival is due, fixed before the first, whatever the target does and whoever asks.

It knows no state: a segment that begins anywhere has the arrivals that one from the begin would have had.
"""

import math
import random
from collections.abc import Iterator
from typing import NamedTuple

from proveout.load.profile import Profile
from proveout.load.rate import Rate

BLOCK = 60.0  # seconds of profile time that share one source of chance
_MOST = 1_000_000  # arrivals of a block, more than the fastest profile has


class Arrival(NamedTuple):
    """One arrival: its number in the whole profile, and the position of profile time at which it is due."""

    number: int
    due: float


class Schedule:
    """The arrivals of a profile: regular ones, or a Poisson process of the same rate."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.rate = Rate(profile)

    def between(self, start: float, until: float, *, worker: int = 0, workers: int = 1) -> Iterator[Arrival]:
        """Yield the arrivals from `start` to before `until` that fall to one of several workers."""
        until = min(until, self.profile.duration)
        every = self._poisson if self.profile.arrivals == "poisson" else self._regular
        for arrival in every(start, until):
            if arrival.number % workers == worker:
                yield arrival

    def _regular(self, start: float, until: float) -> Iterator[Arrival]:
        """Arrival n is due when n arrivals are through: none moves the next, and no error adds up."""
        number = max(math.ceil(self.rate.total(start) - 1), 0)
        while (due := self.rate.when(number)) < until:
            if due >= start:
                yield Arrival(number, due)
            number += 1

    def _poisson(self, start: float, until: float) -> Iterator[Arrival]:
        """Sum up unit exponentials along the rate's own total; each block anew, as the process forgets."""
        block = math.floor(start / BLOCK)
        while block * BLOCK < until:
            for arrival in self._block(block):
                if start <= arrival.due < until:
                    yield arrival
            block += 1

    def _block(self, block: int) -> Iterator[Arrival]:
        total, last = self.rate.total(block * BLOCK), self.rate.total((block + 1) * BLOCK)
        # Not for secrets: the same arrivals for everybody who names the same seed.
        chance = random.Random(f"{self.profile.seed}/{block}")  # noqa: S311
        number = block * _MOST
        while (total := total + chance.expovariate(1.0)) < last:
            yield Arrival(number, self.rate.when(total))
            number += 1
