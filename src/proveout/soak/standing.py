"""How a soak stands at the moment: how far it is, what it costs, and how much of the budgets is used."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from proveout.load.histogram import Histogram
from proveout.load.ledger import Ledger, Slot
from proveout.load.line import NEAR
from proveout.soak import unit
from proveout.soak.burn import burnt

RECENT = 300.0  # seconds that "now" means; a minute of a floor of 2 visits a second says nothing of a p99


@dataclass(frozen=True)
class Asked:
    """One name of requests: p99 over the whole in seconds, the worst recent one, and the budget."""

    name: str
    requests: int
    failed: int
    p99: float
    recent: float
    budget: float | None

    @property
    def text(self) -> str:
        """Return it in words."""
        against = "" if self.budget is None else f" of {unit.latency(self.budget)}"
        return f"{unit.latency(self.p99)}{against}"

    @property
    def within(self) -> bool:
        """Return whether the p99 is within the budget, as far as there is one."""
        return self.budget is None or not self.p99 > self.budget


@dataclass(frozen=True)
class Standing:
    """How a soak stands; times in seconds, `rate` in requests per second of the last minutes.

    `burnt` is the share of the error budget of the whole that is used: 1 is all of it.
    """

    valid: float
    position: float
    duration: float
    segment: int
    segments: int
    rate: float
    requests: int
    failed: int
    burnt: float
    due: int
    offered: int
    lost: int
    idle: bool
    names: tuple[Asked, ...]

    @property
    def share(self) -> float:
        """Return how much of what was asked for is measured."""
        return min(self.valid / self.duration, 1.0) if self.duration else 0.0

    @property
    def complete(self) -> bool:
        """Return whether nothing is left to be measured."""
        return self.position >= self.duration - NEAR

    @property
    def worst(self) -> Asked | None:
        """Return the request that is nearest to its budget, or beyond it."""
        judged = [asked for asked in self.names if asked.budget and not math.isnan(asked.p99)]
        return max(judged, key=lambda asked: asked.p99 / (asked.budget or 1.0), default=None)

    @property
    def text(self) -> str:
        """Return it in one line."""
        parts = [
            f"{unit.span(self.valid)} of {unit.span(self.duration)} measured",
            "a pause" if self.idle else f"{self.rate:.3g} requests/s",
        ]
        if self.worst:
            parts.append(f"p99 {self.worst.name} {self.worst.text}")
        parts.append(f"{self.failed:,} of {self.requests:,} failed, {unit.share(self.burnt)} of the budget")
        return ", ".join(parts)

    def facts(self) -> dict[str, Any]:
        """Return it as JSON can hold it; a time that is infinite (failed requests reach it) is None."""
        found = asdict(self)
        for asked in found["names"]:
            asked.update({key: _finite(asked[key]) for key in ("p99", "recent", "budget")})
        return {**found, "share": self.share}


def standing(ledger: Ledger) -> Standing:
    """Return how the soak of a ledger stands."""
    mix = ledger.profile.mix(ledger.head.environment.partition("/")[0])
    slots = ledger.slots
    recent = [slot for slot in slots if slot.begin + slot.seconds > ledger.position - RECENT]
    seconds = sum(slot.seconds for slot in recent)
    requests, failed = sum(slot.requests for slot in slots), sum(slot.failed for slot in slots)
    budgets = {str(call): latency.p99 for call, latency in mix.requests.items()}
    return Standing(
        valid=ledger.valid,
        position=ledger.position,
        duration=ledger.head.duration,
        segment=ledger.segments[-1].segment if ledger.segments else 0,
        segments=len(ledger.segments),
        rate=sum(slot.requests for slot in recent) / seconds if seconds else 0.0,
        requests=requests,
        failed=failed,
        burnt=burnt(ledger, mix.limits.error_share),
        due=sum(slot.due for slot in slots),
        offered=sum(slot.offered for slot in slots),
        lost=ledger.lost,
        idle=bool(slots) and slots[-1].idle,
        names=tuple(
            _asked(name, histogram, budgets.get(name), recent)
            for name, histogram in sorted(ledger.totals.items())
        ),
    )


def _asked(name: str, histogram: Histogram, budget: float | None, recent: Sequence[Slot]) -> Asked:
    now = [slot.names[name].p99 for slot in recent if name in slot.names]
    return Asked(
        name=name,
        requests=histogram.count,
        failed=histogram.failed,
        p99=histogram.quantile(0.99),
        recent=max(now, default=math.nan),
        budget=budget,
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
