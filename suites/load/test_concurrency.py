"""Programs at once: CeesarCode lets the others wait, or refuses them."""

import math
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from proveout import verifies
from proveout.access.answer import Wrong
from proveout.load.overlap import Span, overlap

pytestmark = [pytest.mark.load, pytest.mark.writes, pytest.mark.exclusive]

CROWD = 4  # programs for every one that may run
LASTING = 1.5  # seconds
REFUSALS = {429, 503}
SLEEPER = "import time; begin = time.time(); time.sleep({}); print(begin, time.time())"


@verifies("CC-LIM-CONC-GAMMA")
def test_no_more_programs_run_at_once_than_allowed(ceesar, figures):
    allowed = ceesar.environment.limits.executions
    spans = run_together(ceesar, CROWD * allowed)
    at_once = overlap(spans)
    figures.update(programs=len(spans), at_once=at_once, allowed=allowed)
    assert len(spans) >= allowed, f"only {len(spans)} programs ran, {allowed} may at once: nothing is proven"
    assert at_once <= allowed, f"{at_once} of {len(spans)} programs ran at once, {allowed} are allowed"


def run_together(ceesar, programs):
    """Submit so many sleeping programs at once; return when those that were not refused really ran."""
    # Programs that start one after the other must still be asleep when the one too many begins.
    starting = ceesar.run("python", "pass").seconds
    limits = ceesar.environment.limits
    lasting = min(LASTING + (limits.executions + 1) * starting, limits.timeout / 2)
    rounds = math.ceil(programs / limits.executions)
    within = rounds * (lasting + starting) + limits.timeout
    source = SLEEPER.format(lasting)
    # The guard refuses a request beyond the budget of those in flight.
    with ThreadPoolExecutor(min(programs, ceesar.environment.budgets.concurrency - 1)) as pool:
        answers = list(
            pool.map(lambda _: ceesar.submit_to_run("python", source, within=within), range(programs))
        )
    return [span_of(answer, lasting) for answer in answers if answer.status not in REFUSALS]


def span_of(answer, lasting):
    """Return when a sleeping program ran, by its own words."""
    times = re.fullmatch(r"(\d+\.\d+) (\d+\.\d+)", str(answer.ok().object().get("result", "")).strip())
    if times is None:
        raise Wrong(f"{answer}; expected the two times that the program prints")
    span = Span(float(times[1]), float(times[2]))
    if span.end - span.begin < 0.9 * lasting:
        raise Wrong(f"{answer}; expected a program that ran for {lasting:.1f} s")
    return span
