"""Latency: how long answers take that are asked for on an absolute schedule, however long others take."""

import sched
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from proveout.access.answer import Unknowable, Wrong
from proveout.load.histogram import Histogram
from proveout.load.interval import DOUBT

LEAD = 0.05  # seconds before the first question is due, so that not even that one is late


def asked_steadily(ask: Callable[[], object], *, times: int, every: float, at_once: int) -> Histogram:
    """Ask so many times, a question each `every` seconds; return how long after its time each was answered.

    Up to `at_once` questions are under way. A question whose turn comes late because the others are kept
    waiting counts from the moment it was due; one that is answered wrongly counts as never answered.
    """
    found = Histogram()

    def one(due: float) -> float | None:
        try:
            ask()
        except Wrong:
            return None
        return time.monotonic() - due

    with ThreadPoolExecutor(at_once, thread_name_prefix="ask") as pool:
        timetable = sched.scheduler(time.monotonic, time.sleep)
        answers = []
        begin = time.monotonic() + LEAD
        for due in (begin + number * every for number in range(times)):
            timetable.enterabs(due, 0, lambda due: answers.append(pool.submit(one, due)), (due,))
        timetable.run()
    for answer in answers:
        seconds = answer.result()
        if seconds is None:
            found.fail()
        else:
            found.add(seconds)
    return found


def keeps(waited: Histogram, share: float, budget: float, *, what: str) -> bool:
    """Return True if a sample proves that the share of all answers comes within the budget, in seconds.

    Raises:
        Wrong: it proves that it does not.
        Unknowable: it proves neither; the text says which sample would.
    """
    __tracebackhide__ = True
    bounds = waited.bounds(share, DOUBT)
    name = f"{what}: p{100 * share:g}"
    if bounds.lower > budget:
        failed = f", {waited.failed} of them in vain" if waited.failed else ""
        raise Wrong(
            f"{name} is at least {shown(bounds.lower)} (asked {waited.count} times{failed}); "
            f"the budget is {shown(budget)}"
        )
    if bounds.upper > budget:
        raise Unknowable(
            f"{name} is {shown(bounds.lower)} to {shown(bounds.upper)} (asked {waited.count} times), "
            f"the budget is {shown(budget)}: run it again, or longer, with nothing else on this machine"
        )
    return True


def shown(seconds: float) -> str:
    """Return seconds as a sentence says them."""
    if seconds == float("inf"):
        return "no end"
    return f"{1000 * seconds:.3g} ms" if seconds < 1 else f"{seconds:.2f} s"
