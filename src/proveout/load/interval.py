"""Intervals: what a sample proves of a share and of a quantile, without a model of the values.

Every bound is one-sided at 95 %. Shares: C. J. Clopper and E. S. Pearson, "The Use of Confidence or Fiducial
Limits Illustrated in the Case of the Binomial", Biometrika 26 (1934). Quantiles: order statistics as in
W. J. Conover, "Practical Nonparametric Statistics", 3rd ed. (1999), section 3.2. Both need nothing but the
binomial distribution, so that scipy stays out of the pytest process.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

DOUBT = 0.05  # how often a bound may be on the wrong side
LARGEST_SAMPLE = 1_000_000  # beyond it "needs a larger sample" is no advice
_STEPS = 60  # halvings of [0, 1]: finer than a float tells apart


@dataclass(frozen=True)
class Interval:
    """A lower and an upper bound; each alone holds with 95 %."""

    lower: float
    upper: float


def at_most(count: int, size: int, share: float) -> float:
    """Return the probability of at most `count` successes among `size`, each with probability `share`."""
    if count >= size or share <= 0:
        return 1.0
    if count < 0 or share >= 1:
        return 0.0
    if count > size * share:
        return 1.0 - at_most(size - count - 1, size, 1.0 - share)
    # Below the mode the terms fall with every step down, each by a factor that needs no factorial.
    term = math.exp(
        math.lgamma(size + 1)
        - math.lgamma(count + 1)
        - math.lgamma(size - count + 1)
        + count * math.log(share)
        + (size - count) * math.log1p(-share)
    )
    total, odds = 0.0, (1.0 - share) / share
    for k in range(count, -1, -1):
        total += term
        if term <= total * 1e-17:
            break
        term *= k / (size - k + 1) * odds
    return total


def share_of(count: int, size: int) -> Interval:
    """Return the Clopper-Pearson bounds of the share behind `count` of `size`.

    Raises:
        ValueError: there is no sample, or `count` is not part of it.
    """
    if size < 1 or not 0 <= count <= size:
        raise ValueError(f"{count} of {size} is no share of a sample")
    # at_most falls as the share grows: the upper bound still makes `count` or fewer barely plausible.
    upper = 1.0 if count == size else _root(lambda share: at_most(count, size, share) - DOUBT)
    lower = 0.0 if count == 0 else _root(lambda share: at_most(count - 1, size, share) - (1.0 - DOUBT))
    return Interval(lower, upper)


def ranks_of(size: int, quantile: float, doubt: float = DOUBT) -> tuple[int, int]:
    """Return between which two values of an ordered sample of `size` a quantile lies, counted from 0.

    Each of the two holds with 1 - `doubt`. -1 and `size` stand for "no value is low, or high, enough". The
    ranks follow from the binomial distribution, whatever the values' own.
    """

    def below(rank: int) -> float:
        return at_most(rank, size, quantile)

    # The value of rank r (from 0) is at or above the quantile if at most r values lie below it, and at or
    # below if more than r values do not lie above it.
    upper = bisect_left(range(size), 1.0 - doubt, key=below)
    return bisect_right(range(size), doubt, key=below) - 1, upper


def quantile_of(values: Sequence[float], quantile: float) -> Interval:
    """Return bounds of a quantile of what `values` were drawn from; infinity and 0 where they say nothing.

    The bounds are themselves two of the values. For the 0.95 quantile an upper bound needs 59 values.
    """
    ordered, size = sorted(values), len(values)
    lower, upper = ranks_of(size, quantile)
    return Interval(ordered[lower] if lower >= 0 else 0.0, ordered[upper] if upper < size else math.inf)


def sample_needed(count: int, size: int, budget: float) -> int | None:
    """Return about how large a sample decides if its share stays that of `count` of `size`.

    None: no sample up to a million does, because the share is too close to the budget.
    """
    share = count / size

    def decides(larger: int) -> bool:
        found = round(share * larger)
        if share < budget:
            return at_most(found, larger, budget) <= DOUBT
        return 1.0 - at_most(found - 1, larger, budget) <= DOUBT

    high = max(size, 1)
    while not decides(high):
        if share == budget or high >= LARGEST_SAMPLE:
            return None
        high = min(2 * high, LARGEST_SAMPLE)
    low = max(size, high // 2)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if decides(middle) else (middle + 1, high)
    return high


def _root(falling: Callable[[float], float]) -> float:
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return (low + high) / 2
