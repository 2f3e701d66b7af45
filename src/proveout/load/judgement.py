"""Judgement: whether a sample of visits proves that a budget is kept, or broken, or neither.

The document's budgets are about all visits, a run sees some of them; so it is judged on the bounds of what
the sample says (see interval.py), never on the sample's own share or percentile.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from proveout.load.interval import Interval, quantile_of, sample_needed, share_of
from proveout.load.journal import Visit
from proveout.model.environment import Journey

QUANTILE = 0.95
PERCENTILES = (50, 95, 99)
UNSURE = 0.1  # share of the p95 budget: a generator later than this adds more than it measures
LATE = "but the load generator was late itself, so its machine may be the slow one: use a calmer one"

Word = Literal["kept", "broken", "open"]


@dataclass(frozen=True)
class Finding:
    """What the sample says of one budget, and the sentence about it."""

    word: Word
    text: str


def judged(visits: Sequence[Visit], budget: Journey) -> tuple[Finding, Finding]:
    """Return what the visits prove of the share of errors and of the 95th percentile.

    A generator that was late has made the target look slower, never faster. So what is kept is kept, but
    time that was lost cannot be held against the target.
    """
    late = sum(visit.lag > UNSURE * budget.p95 for visit in visits) > (1 - QUANTILE) * len(visits)
    return _errors(visits, budget, late=late), _p95(visits, budget, late=late)


def figures(visits: Sequence[Visit]) -> dict[str, Any]:
    """Return what a gate compares: the share of errors and the percentiles, each with its bounds."""
    failed = sum(bool(visit.error) for visit in visits)
    latencies = [visit.latency for visit in visits]
    share = share_of(failed, len(visits))
    found: dict[str, Any] = {
        "visits": len(visits),
        "errors": {"count": failed, "lower": share.lower, "upper": share.upper},
    }
    for percent in PERCENTILES:
        bounds = quantile_of(latencies, percent / 100)
        found[f"p{percent}"] = {"lower": bounds.lower, "upper": bounds.upper}
    return found


def _errors(visits: Sequence[Visit], budget: Journey, *, late: bool) -> Finding:
    failed = [visit for visit in visits if visit.error]
    bounds = share_of(len(failed), len(visits))
    word = _word(bounds, budget.error_share)
    text = (
        f"errors: {len(failed)} of {len(visits)} visits failed, so between {_percent(bounds.lower)} and "
        f"{_percent(bounds.upper)} of all do; the budget is {_percent(budget.error_share)}"
    )
    if failed:
        worst, count = Counter(visit.error for visit in failed).most_common(1)[0]
        text += f"; {count} times: {worst}"
    if word == "broken" and late:
        wrong = sum(not visit.overdue for visit in failed)
        if _word(share_of(wrong, len(visits)), budget.error_share) != "broken":
            return Finding("open", f"{text}; {LATE}")
    if word == "open":
        text += f"; {_needed(len(failed), len(visits), budget.error_share, budget)}"
    return Finding(word, text)


def _p95(visits: Sequence[Visit], budget: Journey, *, late: bool) -> Finding:
    bounds = quantile_of([visit.latency for visit in visits], QUANTILE)
    word = _word(bounds, budget.p95)
    text = f"p95: {_between(bounds)}; the budget is {_time(budget.p95)}"
    slow = [visit for visit in visits if visit.latency > budget.p95]
    if word != "kept":
        text += _slowest_step([visit for visit in slow if not visit.error or visit.overdue])
    if word == "broken" and late:
        return Finding("open", f"{text}; {LATE}")
    if word == "open":
        text += f"; {_needed(len(slow), len(visits), 1 - QUANTILE, budget)}"
    return Finding(word, text)


def _word(bounds: Interval, budget: float) -> Word:
    if bounds.upper <= budget:
        return "kept"
    return "broken" if bounds.lower > budget else "open"


def _slowest_step(slow: Sequence[Visit]) -> str:
    """Name the request that took most of the time of the slow visits."""
    total: Counter[str] = Counter()
    for visit in slow:
        total.update(visit.steps)
    if not total:
        return ""
    name, seconds = total.most_common(1)[0]
    each = _time(seconds / len(slow))
    return f"; most of the time of the {len(slow)} slow visits went to {name} ({each} each)"


def _needed(count: int, size: int, share: float, budget: Journey) -> str:
    needed = sample_needed(count, size, share)
    if needed is None:
        return "that is too close to the budget for any sample to decide"
    lasting = math.ceil(needed / budget.rate)
    return f'about {needed} visits would decide: [budgets.journey] duration = "{lasting}s"'


def _between(bounds: Interval) -> str:
    if math.isinf(bounds.lower):
        return "no end, too many visits failed"
    upper = (
        _time(bounds.upper) if math.isfinite(bounds.upper) else "no end (visits that failed count as such)"
    )
    return f"between {_time(bounds.lower)} and {upper}"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _time(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"
