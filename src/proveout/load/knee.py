"""The knee: the rate of arrivals beyond which a target answers too late, or refuses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from proveout.load.ledger import Slot
from proveout.model.wording import plural, were

REFUSALS = frozenset({"429", "503"})
IN_A_ROW = 2  # slots; a single one may be a hiccup of the machine
CLEARLY = 0.9  # of a rate; what lies nearer is the same step of a profile
OFFERED = 0.99  # the share of what was due that must have been offered in time


@dataclass(frozen=True)
class Knee:
    """The highest rate that was borne and, where one was not, the lowest of those and why; per second.

    `late` is the rate that the load generator could not offer, where it ended the search.
    """

    borne: float
    beyond: float | None = None
    why: str = ""
    late: float | None = None

    def __str__(self) -> str:
        if self.late is not None:
            return f"no knee up to {self.borne:.3g}/s; the load generator was too slow for {self.late:.3g}/s"
        if self.beyond is None:
            return f"no knee up to {self.borne:.3g}/s"
        return f"{self.borne:.3g}/s are borne; at {self.beyond:.3g}/s {self.why}"


def knee(slots: Iterable[Slot], budgets: Mapping[str, float]) -> Knee:
    """Return where the knee is; `budgets` are the seconds in which 99 % are to be answered, by request.

    Pauses say nothing. Only what was offered before the knee counts as borne, afterwards a queue may be left;
    and only what is clearly less, because a queue grows for a while before anybody is late.
    """
    good, bad, late = list[float](), list[tuple[float, str]](), None
    for slot in slots:
        if slot.idle or not slot.seconds or not slot.due:
            continue
        rate = slot.due / slot.seconds
        if slot.offered + slot.dropped < OFFERED * slot.due:
            late = None if bad else rate
            break
        if why := _complaint(slot, budgets):
            bad.append((rate, why))
            if len(bad) == IN_A_ROW:
                break
        else:
            good.append(rate)
            bad.clear()
    if not bad:
        return Knee(max(good, default=0.0), late=late)
    beyond, why = bad[0]
    return Knee(max((rate for rate in good if rate < CLEARLY * beyond), default=0.0), beyond, why)


def _complaint(slot: Slot, budgets: Mapping[str, float]) -> str:
    refused = sum(count for status, count in slot.statuses.items() if status in REFUSALS)
    if refused:
        return f"{refused} of {slot.requests} requests {were(refused)} refused"
    for name, budget in budgets.items():
        asked = slot.names.get(name)
        if asked is not None and asked.p99 > budget:
            return f"p99 of {name} is {1000 * asked.p99:.0f} ms, its budget {1000 * budget:.0f} ms"
    if slot.dropped:
        return f"{slot.dropped} {plural(slot.dropped, 'visit')} found too many under way"
    return ""
