"""Growth: whether a target will need more than it may by the end, and which leak would have been seen."""

from dataclasses import dataclass
from typing import Any

from proveout.load.ledger import Ledger
from proveout.model.quantity import brief
from proveout.model.verdict import Word
from proveout.model.wording import times
from proveout.soak.budget import Budget, unseen
from proveout.soak.critical import critical
from proveout.soak.series import BY_WORK, KEYS, Series
from proveout.soak.slope import Slope, slopes
from proveout.soak.unit import figure, size

TOLD = 0.05  # of a budget: a smaller step is not worth a word
WHOLE = 1.0  # of what is counted: less than one more is none


@dataclass(frozen=True)
class Limit:
    """What may come on top of one series over the whole duration, in seconds."""

    series: Series
    limit: float
    duration: float

    @property
    def hours(self) -> float:
        """Return the whole duration."""
        return self.duration / 3600.0

    @property
    def allowed(self) -> float:
        """Return the growth that is still within the budget."""
        return self.limit if self.series.unit else self.limit + WHOLE

    @property
    def rate(self) -> float:
        """Return the growth per hour that is still within the budget."""
        return self.allowed / self.hours

    def strata(self) -> list[list["Seen"]]:
        """Return what is seen of each process of the target; nothing is compared across a restart."""
        return [_seen(self, number) for number in self.series.strata]


@dataclass(frozen=True)
class Seen:
    """The slopes of one kind of one process, over each clock its growth may go by: all must agree."""

    slopes: tuple[Slope, ...]

    def excess(self, limit: Limit) -> float:
        """Return by how much the growth is beyond what chance and steps explain; negative if it is not."""
        return min(s.score(limit.rate) - critical().of(s, limit.hours) for s in self.slopes)

    def blur(self, limit: Limit) -> float:
        """Return how little is seen; chosen by it, not by what they say, the best slopes are still fair."""
        return max(slope.smallest(critical().of(slope, limit.hours)) for slope in self.slopes)

    def growth(self, limit: Limit) -> tuple[float, float]:
        """Return bounds of what comes on top over the whole duration."""
        bounds = [slope.growth(limit.hours) for slope in self.slopes]
        return min(lower for lower, _ in bounds), max(upper for _, upper in bounds)

    def smallest(self, limit: Limit) -> float:
        """Return the least growth per hour that would nearly always have been held against the target."""
        return max(s.smallest(critical().of(s, limit.hours), limit.rate) for s in self.slopes)

    def sharpest(self, limit: Limit) -> Slope:
        """Return the slope over the clock that fits best."""
        return min(self.slopes, key=lambda slope: slope.smallest(critical().of(slope, limit.hours)))


def _seen(limit: Limit, stratum: int) -> list[Seen]:
    by_clock = [
        {slope.kind: slope for slope in slopes(clock, limit.duration)}
        for clock in limit.series.of(stratum).clocks
    ]
    kinds = [kind for kind in by_clock[0] if all(kind in each for each in by_clock)]
    return [Seen(tuple(each[kind] for each in by_clock)) for kind in kinds]


def growing(limit: Limit) -> Slope | None:
    """Return a slope that leads beyond the budget and that neither chance nor a step explains."""
    worst = max(
        (seen for every in limit.strata() for seen in every),
        key=lambda seen: seen.excess(limit),
        default=None,
    )
    return worst.sharpest(limit) if worst is not None and worst.excess(limit) > 0 else None


def leaks(limit: Limit, slope: Slope) -> str:
    """Say how fast a series grows, where it leads, and what it may."""
    lower, upper = slope.interval()
    name = limit.series.name
    return (
        f"{name} grows by {_per_hour(limit, lower)} to {_per_hour(limit, upper)}, by at least "
        f"{_amount(limit, lower * limit.hours)} over {brief(limit.duration)}; the budget is "
        f"{_amount(limit, limit.limit)}"
    )


def grown(limit: Limit, ledger: Ledger) -> Budget:
    """Return the judgement of the growth of one series."""
    name = limit.series.name
    figures: dict[str, Any] = {"budget": limit.limit, "unit": limit.series.unit}
    told = [f.text for f in ledger.findings if f.kind == "growing" and f.facts.get("budget") == name]
    earlier = f"{told[0]} (seen while it ran)" if told else ""
    strata = [each for each in limit.strata() if each]
    if not strata:
        return Budget(name, Word.FAIL if earlier else Word.HOLD, earlier or _too_little(limit), figures)
    best = min((seen for every in strata for seen in every), key=lambda seen: seen.blur(limit))
    slope = best.sharpest(limit)
    figures |= _figures(limit, slope)
    figures["lower"], figures["upper"] = best.growth(limit)
    leak = growing(limit)
    if leak is not None:
        return Budget(name, Word.FAIL, leaks(limit, leak), figures | _figures(limit, leak))
    if earlier:
        return Budget(name, Word.FAIL, earlier, figures)
    beyond = any(seen.growth(limit)[0] > limit.allowed for every in strata for seen in every)
    if beyond or figures["upper"] > limit.allowed:
        ended = ledger.position >= ledger.head.duration - 1.0
        text = _open(limit, slope, figures, ended=ended)
        if len(strata) > 1:
            text += f"; the target was {len(strata)} processes, each judged alone"
        return Budget(name, Word.HOLD, text, figures)
    return _kept(limit, ledger, best, figures)


def _kept(limit: Limit, ledger: Ledger, best: Seen, figures: dict[str, Any]) -> Budget:
    name = limit.series.name
    if missing := unseen(ledger.samples, *KEYS.get(name, (name, "process"))):
        return Budget(name, Word.HOLD, f"{name} was not seen all the time, {missing}", figures)
    smallest = best.smallest(limit)
    most = figures["upper"]
    grows = f"{name} grows by at most {_amount(limit, most)}" if most > 0 else f"{name} does not grow"
    text = (
        f"{grows} over {brief(limit.duration)}; the budget is {_amount(limit, limit.limit)}. A leak of "
        f"{_per_hour(limit, smallest)} or more would have been seen with 99 %"
        f"{_stepped(limit, best.sharpest(limit))}"
    )
    return Budget(name, Word.PASS, text, figures | {"smallest": smallest})


def _figures(limit: Limit, slope: Slope) -> dict[str, float]:
    lower, upper = slope.interval()
    least, most = slope.growth(limit.hours)
    rate = float(slope.slopes[slope.best])
    return {
        "found": rate * limit.hours,
        "lower": least,
        "upper": most,
        "slope": rate,
        "slope_lower": lower,
        "slope_upper": upper,
    }


def _open(limit: Limit, slope: Slope, figures: dict[str, Any], *, ended: bool) -> str:
    least, most = max(figures["lower"], 0.0), figures["upper"]
    text = (
        f"{limit.series.name} may grow by {_amount(limit, least)} to {_amount(limit, most)} over "
        f"{brief(limit.duration)}; the budget is {_amount(limit, limit.limit)}, so it cannot be known yet"
    )
    text += _stepped(limit, slope)
    if slope.best and float(slope.steps[slope.best]) > limit.allowed:
        return f"{text}; next: find out what it was, and raise the budget or run the soak again"
    if not ended:
        return f"{text}; the rest of the soak may tell"
    rate = float(slope.slopes[slope.best])
    gap = abs(limit.rate - rate)
    width = (
        slope.smallest(critical().of(slope, limit.hours)) if rate > limit.rate else slope.interval()[1] - rate
    )
    if gap <= width / 20:
        return f"{text}; it is too close to the budget for any soak to tell"
    # An error of a slope falls with the time to the power of 3/2.
    longer = limit.duration * max((width / gap) ** (2 / 3), 1.2)
    return f"{text}; about {brief(longer)} would tell: --soak-duration={_option(longer)}"


def _option(seconds: float) -> str:
    return f"{seconds / 3600 + 0.5:.0f}h" if seconds >= 7200 else f"{seconds / 60 + 0.5:.0f}m"


def _stepped(limit: Limit, slope: Slope) -> str:
    hour, height = slope.step or (0.0, 0.0)
    if abs(height) < TOLD * limit.allowed:
        return ""
    when = "" if limit.series.name in BY_WORK else f" after {brief(hour * 3600)}"
    return f"; it went {'up' if height > 0 else 'down'} by {_amount(limit, abs(height))} at once{when}"


def _too_little(limit: Limit) -> str:
    series = limit.series
    if not len(series.values):
        return f"{series.name} was not seen: {series.unknown}"
    return (
        f"{series.name} was seen {times(len(series.values))} after the warm-up: too few to tell growth from "
        f"chance; at least half of {brief(limit.duration)} of one process of the target is needed"
    )


def _amount(limit: Limit, amount: float) -> str:
    return figure(amount, limit.series.unit)


def _per_hour(limit: Limit, rate: float) -> str:
    """Write a rate; over minutes it is said per minute, for nobody waits for the hour."""
    per, factor = ("h", 1.0) if limit.duration >= 7200 else ("min", 1 / 60)
    text = size(rate * factor) if limit.series.unit == "B" else figure(rate * factor, limit.series.unit)
    return f"{text}/{per}"
