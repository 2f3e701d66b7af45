"""The slope of a series: how fast it grows, whatever the load, pauses, a collector and one step do to it.

A series is cut into blocks, so that noise that lasts minutes is nearly none from block to block. To the
blocks a line is fitted, with the load as a second cause, and with a step at each place where one may have
been: a step is not growth, so what is held against a target is the least of all slopes that the values do
not contradict. Errors are widened by the autocorrelation that is left (first order). What that misses, the
critical values make up for.

Four kinds of blocks see four kinds of leaks. `level`: medians, the sharpest where noise is short. `floor`:
the least of each block, blind to a garbage collector. `teeth`: cut where a collector has been, the lower half
of each tooth; many teeth say more than few hours. `idle`: the pauses of the load, free of its noise. Before
all but the last are cut, what the load of the moment takes is taken away; how much that is, is seen within
each hour, where pauses and busy minutes are near each other and a leak is not yet felt.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from proveout.soak.series import Series, Values

Kind = Literal["level", "floor", "teeth", "idle"]

KINDS: tuple[Kind, ...] = ("level", "floor", "teeth", "idle")
# Blocks of a whole duration, and samples of one at least. A day's are half hours, and hours where a collector
# must have come by. Pauses are as they come: those of one hour are one block.
_SIZES: dict[Kind, tuple[int, int]] = {"level": (48, 1), "floor": (24, 2), "teeth": (24, 4), "idle": (24, 1)}
A_FALL = 6.0  # usual differences from one sample to the next (normal deviations) that make the end of a tooth
LEAST_BLOCKS = 12  # with fewer a line, a load and a step fit anything
SIDE = 2  # blocks before and after a step, at least
A_STEP = 20.0  # F of one step: seen by chance in about one of a thousand series
DOUBTFUL = 1e-6  # how seldom a fit that was true looks so much worse than the best that it is ruled out
DOUBT = 0.05
FOUND = 0.99  # how often a leak must be found before we say that it would have been


@dataclass(frozen=True)
class Blocks:
    """What is left of a series to fit a line to: per block its hour, its value and its load."""

    kind: Kind
    hours: Values
    values: Values
    load: Values
    resolution: float = 0.0


@dataclass(frozen=True)
class Slope:
    """Slopes per hour with their standard errors: the first without a step, the others with one each.

    `steps` are the heights of the steps and `places` the hours of the first block after them; `residual` is
    what each fit leaves, as a sum of squares, with what is lost by rounding. `span` is in hours.
    """

    kind: Kind
    blocks: int
    slopes: Values
    errors: Values
    freedom: Values
    residual: Values
    steps: Values
    step_errors: Values
    places: Values
    span: float

    @cached_property
    def plausible(self) -> NDArray[np.bool_]:
        """Return which fits the values do not contradict: there the step may have been, if there was one."""
        found = int(np.argmin(self.residual))
        worse = stdtrit(self.freedom[found], DOUBTFUL) ** 2 / self.freedom[found]
        limit = float(self.residual[found]) * (1.0 + worse)
        return np.asarray(self.residual <= limit * (1.0 + 1e-9) + 1e-12, dtype=bool)

    @cached_property
    def best(self) -> int:
        """Return which fit is believed: that without a step unless one explains much more."""
        if len(self.slopes) < 2:
            return 0
        found = 1 + int(np.argmin(self.residual[1:]))
        left, without = float(self.residual[found]), float(self.residual[0])
        explained = (without - left) * float(self.freedom[found])
        return found if explained > A_STEP * max(left, 1e-300) else 0

    def score(self, rate: float = 0.0) -> float:
        """Return how far the slope is above a rate, in normal deviations, if a step explains what it can."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = (self.slopes - rate) / self.errors
        ratio = np.where(np.isnan(ratio), 0.0, ratio)
        scores = -ndtri(stdtr(self.freedom, -ratio))
        return float(np.min(scores[self.plausible]))

    def interval(self, doubt: float = DOUBT) -> tuple[float, float]:
        """Return bounds of the slope per hour, each of which holds with 1 - doubt."""
        width = float(-stdtrit(self.freedom[self.best], doubt) * self.errors[self.best])
        slope = float(self.slopes[self.best])
        return slope - width, slope + width

    @property
    def step(self) -> tuple[float, float] | None:
        """Return the hour and the height of the step that is believed."""
        return (float(self.places[self.best]), float(self.steps[self.best])) if self.best else None

    def growth(self, hours: float) -> tuple[float, float]:
        """Return bounds of what comes on top over so many hours; a step up counts for the upper one."""
        lower, upper = self.interval()
        risen = 0.0
        if self.best:
            width = float(-stdtrit(self.freedom[self.best], DOUBT) * self.step_errors[self.best])
            risen = max(0.0, float(self.steps[self.best]) + width)
        return lower * hours, upper * hours + risen

    def smallest(self, critical: float, rate: float = 0.0) -> float:
        """Return the least slope per hour that would nearly always have been held against the target."""
        needed = -stdtrit(self.freedom, ndtr(-critical)) - stdtrit(self.freedom, 1.0 - FOUND)
        return rate + float(np.max((needed * self.errors)[self.plausible]))


def slopes(series: Series, duration: float) -> list[Slope]:
    """Return the slopes of one process of the target that enough is known for; `duration` in seconds."""
    found = (fitted(blocked(series, kind, duration / 3600.0)) for kind in KINDS)
    return [slope for slope in found if slope is not None]


def blocked(series: Series, kind: Kind, hours: float) -> Blocks:
    """Cut a series into blocks; `hours` is how long the whole lasts, be it over or not.

    The load of a block is that of its busy samples, for pauses too: what was taken under load may be kept.
    """
    count, least = _SIZES[kind]
    if kind != "idle":
        series = series.relieved(hours / count)
    numbers = _numbers(series, kind, hours / count)
    chosen = np.flatnonzero((series.quiet if kind == "idle" else True) & (numbers >= 0))
    chosen = chosen[np.lexsort((series.values[chosen], numbers[chosen]))]
    blocks, first, size = np.unique(numbers[chosen], return_index=True, return_counts=True)
    enough = size >= least
    blocks, first, size = blocks[enough], first[enough], size[enough]
    if not len(blocks):
        return Blocks(kind, series.hours[:0], series.values[:0], series.load[:0], series.resolution)
    # Within each block the values are in order: the lowest one, the lower half, or all are taken.
    taken = {"floor": np.ones_like(size), "teeth": size // 2}.get(kind, size)
    clock = np.concatenate([[0.0], np.cumsum(series.hours[chosen])])
    values = series.values[chosen]
    busy = ~series.quiet & (numbers >= 0)
    loads = np.bincount(numbers[busy], series.load[busy], minlength=blocks[-1] + 1)
    times = np.bincount(numbers[busy], minlength=blocks[-1] + 1)
    return Blocks(
        kind,
        (clock[first + taken] - clock[first]) / taken,
        (values[first + (taken - 1) // 2] + values[first + taken // 2]) / 2.0,
        (loads / np.maximum(times, 1))[blocks],
        series.resolution,
    )


def _numbers(series: Series, kind: Kind, hours: float) -> NDArray[np.int64]:
    """Return for each sample the number of its block, a stretch of time or a tooth; below 0 is none."""
    if kind != "teeth":
        return np.floor(series.hours / hours).astype(np.int64)
    changes = np.diff(series.values, prepend=series.values[:1])
    usual = 1.4826 * float(np.median(np.abs(changes - np.median(changes)))) if len(changes) else 0.0
    tooth = np.cumsum(changes < -A_FALL * max(usual, series.resolution))
    # Of the first and the last tooth only a part is seen.
    return np.where(tooth == tooth[-1:], -1, tooth - 1).astype(np.int64)


def fitted(blocks: Blocks) -> Slope | None:
    """Return the slopes of blocks; None if there are too few."""
    count = len(blocks.hours)
    if count < LEAST_BLOCKS:
        return None
    base = [np.ones(count)]
    if np.ptp(blocks.load) > 1e-9 * max(1.0, float(np.max(np.abs(blocks.load)))):
        base.append(blocks.load - blocks.load.mean())
    taken = np.linalg.qr(np.column_stack(base))[0]

    def free(columns: Values) -> Values:
        return np.asarray(columns - taken @ (taken.T @ columns), dtype=float)

    hours, values = free(blocks.hours - blocks.hours.mean()), free(blocks.values - blocks.values[0])
    order = np.arange(count)
    places = order[SIDE : count - SIDE + 1]
    steps = free((order[:, None] >= places[None, :]).astype(float))

    tt, ty = float(hours @ hours), float(hours @ values)
    if tt <= 1e-12:
        return None
    ts, ss, sy = hours @ steps, np.sum(steps * steps, axis=0), values @ steps
    spread = tt * ss - ts * ts
    usable = spread > 1e-9 * tt * ss
    safe = np.where(usable, spread, 1.0)
    slopes = np.concatenate([[ty / tt], ((ss * ty - ts * sy) / safe)[usable]])
    heights = np.concatenate([[0.0], ((tt * sy - ts * ty) / safe)[usable]])
    # The variance of each slope, and of each height, per variance of the noise.
    narrow = np.concatenate([[1.0 / tt], (ss / safe)[usable]])
    high = np.concatenate([[0.0], (tt / safe)[usable]])
    columns = np.column_stack([np.zeros(count), steps[:, usable]])
    residuals = values[:, None] - hours[:, None] * slopes - columns * heights

    unknowns = len(base) + 1 + (heights != 0.0)
    squares = np.sum(residuals * residuals, axis=0)
    rounding = blocks.resolution**2 / 12.0
    lasting = _autocorrelation(residuals, squares)
    widened = (1.0 + lasting) / (1.0 - lasting)
    freedom = np.maximum((count - unknowns) / widened, 1.0)
    variance = squares / (count - unknowns) + rounding
    at = np.concatenate([[0.0], blocks.hours[places[usable]]])
    return Slope(
        blocks.kind,
        count,
        slopes,
        np.sqrt(variance * narrow * widened),
        freedom,
        squares + count * rounding,
        heights,
        np.sqrt(variance * high * widened),
        at,
        float(np.ptp(blocks.hours)),
    )


def _autocorrelation(residuals: Values, squares: Values) -> Values:
    """Return the first-order autocorrelation of each column, where it is positive."""
    products = np.sum(residuals[1:] * residuals[:-1], axis=0)
    found = np.divide(products, squares, out=np.zeros_like(squares), where=squares > 0)
    return np.asarray(np.clip(found, 0.0, 0.9), dtype=float)
