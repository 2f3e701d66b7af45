"""The burning of an error budget: an alarm within minutes, while a day is still long.

The idea is the multi-window burn rate of "The Site Reliability Workbook" (Google, 2018, chapter 5): an alarm
if errors come so fast that a stated part of the budget went in a long window, and still do in a short one.
Its windows are of 30 days. These are of a soak, derived from two questions about 24 hours:

- What must be known at once? A tenth of the day's budget gone in a quarter of an hour, 1/96 of the day: the
  budget burns 9.6 times as fast as it may, all of it is gone after two and a half hours.
- What must be known while there is time to act? A quarter of it gone in two hours, 1/12 of the day: three
  times as fast as it may, gone after eight hours.

The short window is an eighth of the long one and tells that it has not ended meanwhile. Windows shrink with
a rehearsal, but to no less than three slots. A share is taken at its lower bound, so that one error among
few requests is no fire. The third alarm is no rate: the budget of the whole is used up.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from proveout.load.interval import share_of
from proveout.load.ledger import Ledger, Slot
from proveout.load.rate import Rate
from proveout.model.quantity import brief
from proveout.model.wording import counted
from proveout.soak.unit import share

LEAST_SLOTS = 3
SHORT = 8  # parts of the long window


@dataclass(frozen=True)
class Alarm:
    """Which part of the whole budget may not go in which part of the whole duration."""

    name: str
    budget: float
    duration: float

    @property
    def speed(self) -> float:
        """Return how many times faster than it may the budget burns then."""
        return self.budget / self.duration


ALARMS = (Alarm("fast", 1 / 10, 1 / 96), Alarm("steady", 1 / 4, 1 / 12))


@dataclass(frozen=True)
class Burn:
    """An alarm that went off, and the sentence about it."""

    name: str
    text: str


def burns(ledger: Ledger, error_share: float) -> list[Burn]:
    """Return the alarms that are on at the end of a ledger."""
    slots = ledger.slots
    found = []
    for alarm in ALARMS:
        seconds = max(alarm.duration * ledger.head.duration, LEAST_SLOTS * ledger.head.sample)
        long = _last(slots, seconds)
        short = _last(slots, max(seconds / SHORT, ledger.head.sample))
        limit = alarm.speed * error_share
        if not (_over(long, limit) and _over(short, limit)):
            continue
        failed, requests = _counted(long)
        found.append(
            Burn(
                alarm.name,
                f"errors burn the budget: {failed} of {counted(requests, 'request')} failed in the last "
                f"{brief(seconds)} ({share(failed / requests)}); at this pace the budget of "
                f"{share(error_share)} is gone {failed / requests / error_share:.0f} times as fast as it may",
            )
        )
    failed, requests = _counted(slots)
    if failed and failed > error_share * (expected := _expected(ledger, requests)):
        found.append(
            Burn(
                "spent",
                f"the error budget of the whole soak is used up: {counted(failed, 'request')} failed, "
                f"{error_share * expected:.0f} of about {expected:,.0f} may",
            )
        )
    return found


def burnt(ledger: Ledger, error_share: float) -> float:
    """Return the part of the whole error budget that is used, 1.0 for all of it."""
    failed, requests = _counted(ledger.slots)
    return failed / (error_share * expected) if (expected := _expected(ledger, requests)) else 0.0


def _expected(ledger: Ledger, requests: int) -> float:
    """Return how many requests the whole will have had: as many per arrival as so far."""
    rate = Rate(ledger.profile)
    due = rate.total(ledger.position)
    return requests * max(rate.total(ledger.profile.duration) / due, 1.0) if due > 0 else float(requests)


def _last(slots: Sequence[Slot], seconds: float) -> Sequence[Slot]:
    total, begin = 0.0, len(slots)
    while begin and total < seconds - 1e-9:
        begin -= 1
        total += slots[begin].seconds
    return slots[begin:]


def _counted(slots: Sequence[Slot]) -> tuple[int, int]:
    return sum(slot.failed for slot in slots), sum(slot.requests for slot in slots)


def _over(slots: Sequence[Slot], limit: float) -> bool:
    failed, requests = _counted(slots)
    return failed > 0 and failed <= requests and share_of(failed, requests).lower > min(limit, 0.5)
