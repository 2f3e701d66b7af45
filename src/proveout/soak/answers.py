"""Answers: whether enough requests were answered, rightly and in time, as far as a sample can prove it."""

import math
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from proveout.load.interval import Interval, sample_needed, share_of
from proveout.load.ledger import Ledger, Slot
from proveout.load.profile import Latency, Mix
from proveout.model.quantity import brief
from proveout.model.verdict import Word
from proveout.model.wording import counted, were
from proveout.soak.budget import Budget
from proveout.soak.burn import burnt
from proveout.soak.unit import latency, share

UNSURE = 0.25  # part of a budget; a generator whose loop is later than this may have caused what it measured
AWAKE = 2.0  # times the bound of a cold start; who has no answer by then has none within the bound
NOBODY = "nothing was asked in the time that was measured"


def errors(ledger: Ledger, mix: Mix) -> Budget:
    """Judge the share of requests that failed."""
    limit = mix.limits.error_share
    requests, failed = sum(s.requests for s in ledger.slots), sum(s.failed for s in ledger.slots)
    if not requests:
        return Budget("errors", Word.HOLD, NOBODY, {"budget": limit, "unit": "share"})
    bounds = share_of(min(failed, requests), requests)
    figures = {
        "found": failed / requests,
        "budget": limit,
        "lower": bounds.lower,
        "upper": bounds.upper,
        "unit": "share",
        "burnt": burnt(ledger, limit),
    }
    text = (
        f"{failed:,} of {counted(requests, 'request')} failed, so {share(bounds.lower)} to "
        f"{share(bounds.upper)} of all do; the budget is {share(limit)}"
    )
    burning = [finding for finding in ledger.findings if finding.kind == "burning"]
    if burning:
        text += f"; {burning[0].text}"
    if bounds.lower > limit:
        return Budget("errors", Word.FAIL, text, figures)
    if bounds.upper <= limit:
        return Budget("errors", Word.PASS, text, figures)
    needed = sample_needed(min(failed, requests), requests, limit)
    if needed is None:
        text += "; it is too close to the budget for any number of requests to tell"
    else:
        text += f"; about {counted(needed, 'request')} would tell, "
        text += f"{brief(ledger.valid * needed / requests)} at this rate"
    return Budget("errors", Word.HOLD, text, figures)


def server_errors(ledger: Ledger, mix: Mix) -> Iterator[Budget]:
    """Judge the number of answers of 500 and more, if it is declared."""
    limit = mix.limits.server_errors
    if limit is None:
        return
    found = sum(
        count for slot in ledger.slots for status, count in slot.statuses.items() if status.startswith("5")
    )
    figures = {"found": found, "budget": limit, "unit": ""}
    requests = sum(slot.requests for slot in ledger.slots)
    kept = Word.PASS if requests else Word.HOLD
    word = Word.FAIL if found > limit else kept
    text = f"{found:,} of {counted(requests, 'answer')} had a status of 500 or more; the budget is {limit}"
    yield Budget("server errors", word, text if requests or found else NOBODY, figures)


def latencies(ledger: Ledger, mix: Mix) -> Iterator[Budget]:
    """Judge each declared percentile of each declared request, from the moment its visit was due."""
    for call, declared in mix.requests.items():
        yield from _latency(ledger, str(call), declared)


def _latency(ledger: Ledger, call: str, declared: Latency) -> Iterator[Budget]:
    histogram = ledger.totals.get(call)
    for quantile, limit in declared.by_quantile.items():
        name = f"latency {call} p{100 * quantile:g}"
        figures = {"budget": limit, "unit": "s"}
        if histogram is None or not histogram.count:
            yield Budget(name, Word.HOLD, f"{call} was never asked in the time that was measured", figures)
            continue
        bounds = histogram.bounds(quantile)
        figures |= {"found": histogram.quantile(quantile), "lower": bounds.lower, "upper": bounds.upper}
        text = (
            f"{100 * quantile:g} % of {counted(histogram.count, 'answer')} within {_between(bounds)}; "
            f"the budget is {latency(limit)}"
        )
        worst = _worst_hour(ledger, call, quantile, limit)
        if bounds.lower > limit:
            late = _late(ledger, call, quantile, limit)
            yield Budget(name, Word.HOLD if late else Word.FAIL, text + worst + late, figures)
        elif bounds.upper <= limit:
            yield Budget(name, Word.PASS, text + worst, figures)
        else:
            needed = sample_needed(histogram.above(limit), histogram.count, 1 - quantile)
            tell = (
                "; it is too close to the budget for any number of requests to tell"
                if needed is None
                else f"; about {counted(needed, 'such request')} would tell, "
                f"{brief(ledger.valid * needed / histogram.count)} at this rate"
            )
            yield Budget(name, Word.HOLD, text + worst + tell, figures)


def _worst_hour(ledger: Ledger, call: str, quantile: float, limit: float) -> str:
    """Name the worst hour that was surely beyond the budget, if there were several; a day hides one."""
    if len(ledger.hours) < 2:
        return ""
    found = [
        (histograms[call].quantile(quantile), hour)
        for hour, histograms in ledger.hours.items()
        if call in histograms and histograms[call].bounds(quantile).lower > limit
    ]
    if not found:
        return ""
    value, hour = max(found)
    hours = f"{counted(len(found), 'hour')} {were(len(found))}"
    return f"; {hours} beyond it, the worst is hour {hour + 1}: {latency(value)}"


def _between(bounds: Interval) -> str:
    lower, upper = latency(bounds.lower), latency(bounds.upper)
    if math.isinf(bounds.lower):
        return "no time: too many requests failed"
    return lower if lower == upper else f"{lower} to {upper}"


def _late(ledger: Ledger, call: str, quantile: float, limit: float) -> str:
    """Say that the generator was late itself, if it was for more answers than the percentile leaves out."""
    asked = [slot for slot in ledger.slots if call in slot.names]
    late = [slot for slot in asked if slot.lag > UNSURE * limit]
    came, unsure = (sum(slot.names[call].count for slot in slots) for slots in (asked, late))
    if unsure <= (1 - quantile) * came:
        return ""
    return (
        f"; but the generator's own loop was late by up to {latency(max(slot.lag for slot in late))}, so its "
        "machine may be the slow one: use a calmer one, or more of them (--load-workers)"
    )


def cold_start(ledger: Ledger, mix: Mix) -> Iterator[Budget]:
    """Judge the first answers after each pause, if there is a bound for them."""
    limit = mix.limits.cold_start
    if limit is None:
        return
    firsts = list(_firsts(ledger.slots, max(AWAKE * limit, ledger.head.sample)))
    figures = {"budget": limit, "unit": "s"}
    if not firsts:
        yield Budget("cold start", Word.HOLD, "no answers after a pause were seen", figures, claim=True)
        return
    worst = max(firsts, key=_slowest)
    found = _slowest(worst)
    figures["found"] = found
    pauses = counted(len(firsts), "pause")
    text = (
        f"after {pauses} the slowest answer took {latency(found)}; the bound is {latency(limit)}"
        if math.isfinite(found)
        else f"after one of {pauses} a request failed; the bound is {latency(limit)}"
    )
    if found <= limit:
        yield Budget("cold start", Word.PASS, text, figures, claim=True)
    elif math.isfinite(found) and max(slot.lag for slot in worst) > UNSURE * limit:
        late = f"{text}; but the generator was late itself by {latency(max(slot.lag for slot in worst))}"
        yield Budget("cold start", Word.HOLD, late, figures, claim=True)
    else:
        yield Budget("cold start", Word.FAIL, text, figures, claim=True)


def _firsts(slots: Sequence[Slot], within: float) -> Iterator[list[Slot]]:
    """Yield, for each pause after which somebody came, the slots in which the first answers must stand.

    An answer stands in the slot in which it came back, so the one right after the pause may have none.
    """
    for number, (before, after) in enumerate(pairwise(slots), start=1):
        if before.idle and not after.idle and before.segment == after.segment:
            found = [
                slot
                for slot in islice(slots, number, None)
                if slot.begin < after.begin + within and slot.segment == after.segment and not slot.idle
            ]
            came = any(slot.requests for slot in found)
            if came or (found[-1].begin + found[-1].seconds >= after.begin + within and found[0].due):
                yield found


def _slowest(slots: Sequence[Slot]) -> float:
    return max((_longest(slot) for slot in slots if slot.requests), default=math.inf)


def _longest(slot: Slot) -> float:
    times = [math.inf if asked.failed else asked.longest for asked in slot.names.values() if asked.count]
    times = [asked for asked in times if not math.isnan(asked)]
    return max(times, default=math.inf)
