"""The hours of a soak, one by one: what was asked, how it was answered, and what happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from proveout.load.histogram import Histogram
from proveout.load.ledger import Ledger
from proveout.load.line import Finding
from proveout.model.wording import counted
from proveout.soak import unit

HOUR = 3600.0


@dataclass(frozen=True)
class Hour:
    """One hour of profile time, or what of it was measured.

    `number` counts from 0, `begin` and `end` are seconds of the epoch, `seconds` of it are valid. `names`
    holds the latency, from the moment a visit was due, by name of the request; `rss` the highest seen, in
    bytes, None if it never was.
    """

    number: int
    begin: float
    end: float
    seconds: float
    due: int
    offered: int
    requests: int
    failed: int
    names: Mapping[str, Histogram]
    rss: int | None
    findings: tuple[Finding, ...]

    @property
    def title(self) -> str:
        """Return which hour it is, as "hour 3, 09:00-10:00 UTC"."""
        return f"hour {self.number + 1}, {self.clock} UTC"

    @property
    def clock(self) -> str:
        """Return from when to when, in UTC."""
        return "-".join(f"{datetime.fromtimestamp(time, UTC):%H:%M}" for time in (self.begin, self.end))

    @property
    def text(self) -> str:
        """Return what happened in it in one line."""
        parts = [f"{counted(self.requests, 'request')}, {self.failed:,} failed"]
        parts += [
            f"{name} p99 {unit.latency(histogram.quantile(0.99))}"
            for name, histogram in sorted(self.names.items())
        ]
        if self.rss is not None:
            parts.append(f"RSS up to {unit.size(self.rss)}")
        if self.seconds < HOUR:
            parts.append(f"{unit.span(self.seconds)} measured")
        parts += [f"{finding.kind}: {finding.text}" for finding in self.findings]
        return "; ".join(parts)


def hours(ledger: Ledger) -> list[Hour]:
    """Return the hours of profile time of which something was measured, in their order."""
    numbers = sorted({int(slot.begin // HOUR) for slot in ledger.slots})
    return [_hour(ledger, number, last=number == numbers[-1]) for number in numbers]


def _hour(ledger: Ledger, number: int, *, last: bool) -> Hour:
    slots = [slot for slot in ledger.slots if slot.begin // HOUR == number]
    begin = slots[0].at
    end = slots[-1].at + slots[-1].seconds
    # What happened while nobody measured belongs to the hour before it.
    after = min((slot.at for slot in ledger.slots if slot.begin // HOUR > number), default=end)
    seen = [sample.rss for sample in ledger.samples if begin <= sample.at < after and sample.rss is not None]
    return Hour(
        number=number,
        begin=begin,
        end=end,
        seconds=sum(slot.seconds for slot in slots),
        due=sum(slot.due for slot in slots),
        offered=sum(slot.offered for slot in slots),
        requests=sum(slot.requests for slot in slots),
        failed=sum(slot.failed for slot in slots),
        names=ledger.hours.get(number, {}),
        rss=max(seen, default=None),
        findings=tuple(
            finding
            for finding in ledger.findings
            if (number == 0 or begin <= finding.at) and (last or finding.at < after)
        ),
    )
