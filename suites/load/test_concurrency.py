"""Programs at once: CeesarCode lets the others wait, or refuses them."""

import math
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from proveout import verifies
from proveout.access.answer import Unknowable, Wrong
from proveout.access.program import sleeping
from proveout.load.overlap import Span, overlap

pytestmark = [pytest.mark.load, pytest.mark.reads, pytest.mark.exclusive]

CROWD = 4  # programs for every one that may run
LASTING = 1.5  # seconds
REFUSALS = {429, 503}


@verifies("CC-LIM-CONC-GAMMA", "CC-LIM-ENFORCED-PROD")
def test_no_more_programs_run_at_once_than_allowed(ceesar, figures):
    allowed = ceesar.environment.limits.executions
    spans = run_together(ceesar, crowd_of(ceesar))
    at_once = overlap(spans)
    figures.update(programs=len(spans), at_once=at_once, allowed=allowed)
    assert at_once <= allowed, f"{at_once} of {len(spans)} programs ran at once, {allowed} are allowed"
    if at_once < allowed:
        raise Unknowable(
            f"no more than {at_once} programs ran at once: the limit of {allowed} was not reached, because a "
            "lower one is in force, or programs start too slowly here; run it again on a quiet machine"
        )


def crowd_of(ceesar):
    """Return how many programs to submit: as many as the run's budget lets be in flight, if need be."""
    allowed, most = ceesar.environment.limits.executions, ceesar.environment.budgets.concurrency - 1
    if most <= allowed:
        raise Unknowable(
            f"{most} programs can be in flight beside one other request, {allowed} may run: that is no "
            "crowd; raise [budgets] concurrency in environment.toml"
        )
    return min(CROWD * allowed, most)


def run_together(ceesar, programs):
    """Submit so many sleeping programs at once; return when those that were not refused really ran."""
    # Programs that start one after the other must still be asleep when the one too many begins.
    starting = ceesar.run("python", "pass").seconds
    limits = ceesar.environment.limits
    lasting = min(LASTING + (limits.executions + 1) * starting, limits.timeout / 2)
    rounds = math.ceil(programs / limits.executions)
    within = rounds * (lasting + limits.executions * starting) + limits.timeout
    with ThreadPoolExecutor(programs) as pool:
        source = sleeping(lasting)
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
