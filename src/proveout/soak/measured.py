"""Measured: whether the generator did what it was asked to, for as long as it was asked to."""

import math

from proveout.load.ledger import Ledger
from proveout.load.line import Sample
from proveout.model.quantity import brief
from proveout.model.verdict import Word
from proveout.model.wording import counted, times, were
from proveout.soak.budget import Budget
from proveout.soak.unit import latency, share

LEAST = 0.99  # of the arrivals that were due, and of the slots that must be filled
BUSY = 0.9  # share of a core: beyond it a generator is late without knowing
LATE = 1.0  # seconds; an arrival later than that is none
SOME = 0.05  # share of slots in which a generator may be busy or late
NEAR = 1.0  # seconds of profile time that count as the end
CALMER = "use a calmer machine, or more workers (--load-workers)"


def offered(ledger: Ledger) -> Budget:
    """Judge whether the arrivals of the profile took place; if not, nothing was proven of the target."""
    due, came = sum(s.due for s in ledger.slots), sum(s.offered for s in ledger.slots)
    dropped, broken = sum(s.dropped for s in ledger.slots), sum(s.broken for s in ledger.slots)
    figures = {"found": came / due if due else 0.0, "budget": LEAST, "unit": "share"}
    if not due:
        return Budget("offered", Word.HOLD, "no arrival was due in the time that was measured", figures)
    text = f"{came:,} of {counted(due, 'arrival')} took place, {share(came / due)}"
    reasons = []
    if ledger.refused:
        reasons.append(f"the policy refused {ledger.refused[0]}")
    if broken:
        short = f"{counted(broken, 'visit')} {were(broken)} cut short by a mistake of the journey"
        reasons.append(f"{short}: look at generator-*.log")
    if came < LEAST * due:
        if dropped >= (due - came) / 2:
            reasons.append(
                f"{dropped:,} found too many visits under way: the target answers too slowly for this rate, "
                "or in_flight of the profile is too small"
            )
        else:
            reasons.append(f"the rest came late or never: {CALMER}")
    reasons += _strained(ledger)
    if reasons:
        return Budget("offered", Word.HOLD, f"{text}; {'; '.join(reasons)}", figures)
    return Budget("offered", Word.PASS, text, figures)


def _strained(ledger: Ledger) -> list[str]:
    slots, found = ledger.slots, []
    busy = [slot for slot in slots if slot.cpu > BUSY]
    if len(busy) > SOME * len(slots):
        top = max(slot.cpu for slot in busy)
        found.append(
            f"the generator used up to {share(top)} of a core in {counted(len(busy), 'slot')}: {CALMER}"
        )
    late = [slot for slot in slots if slot.lag > LATE]
    if len(late) > SOME * len(slots):
        worst = latency(max(slot.lag for slot in late))
        found.append(
            f"the generator's loop was late by up to {worst} in {counted(len(late), 'slot')}: {CALMER}"
        )
    return found


def coverage(ledger: Ledger) -> Budget:
    """Judge whether it was measured for as long as was asked for, and the target looked at all the time."""
    duration, step = ledger.head.duration, ledger.head.sample
    slots = max(math.floor(duration / step + 0.01), 1)
    seconds: dict[int, float] = {}
    for slot in ledger.slots:
        number = math.floor(slot.begin / step + 0.01)
        seconds[number] = seconds.get(number, 0.0) + slot.seconds
    filled = sum(1 for number, found in seconds.items() if found >= step / 2 and number < slots)
    figures = {"found": filled / slots, "budget": LEAST, "unit": "share"}
    text = f"measured {brief(ledger.valid)} of {brief(duration)}, {filled:,} of {counted(slots, 'slot')}"
    text += "".join(_gaps(ledger))
    missing = []
    if ledger.valid < duration - max(NEAR, (1 - LEAST) * duration) or ledger.position < duration - NEAR:
        missing.append("it has not come to its end: --soak-resume goes on with it")
    if filled < LEAST * slots:
        empty = slots - filled
        missing.append(f"{counted(empty, 'slot')} {'is' if empty == 1 else 'are'} empty")
    sampled = len({math.floor((sample.at - ledger.begun) / step) for sample in _during(ledger)})
    wanted = min(ledger.valid, duration) / step
    if sampled < LEAST * wanted - 2:
        missing.append(f"the target was looked at {times(sampled)}, {wanted:,.0f} {were(round(wanted))} due")
    if missing:
        return Budget("coverage", Word.HOLD, f"{text}; {'; '.join(missing)}", figures)
    return Budget("coverage", Word.PASS, text, figures)


def _during(ledger: Ledger) -> list[Sample]:
    return [s for s in ledger.samples if ledger.begun - 1 <= s.at <= ledger.ended + ledger.head.sample]


def _gaps(ledger: Ledger) -> list[str]:
    if not ledger.gaps:
        return []
    longest = max(ledger.gaps, key=lambda gap: gap.end - gap.begin)
    planned = sum(gap.planned for gap in ledger.gaps)
    return [
        f"; gaps of the generator: {len(ledger.gaps)}, planned {planned}, the longest "
        + brief(longest.end - longest.begin)
    ]
