"""Limits of CeesarCode where users are: what one program gets there, and not more."""

import pytest

from proveout import verifies
from proveout.access.program import allocating, endless

pytestmark = [pytest.mark.load, pytest.mark.reads, pytest.mark.exclusive]

GRACE = 2  # seconds that ending a program may take
EARLY = 0.2  # seconds that clocks may differ by; earlier is another limit


@verifies("CC-LIM-ENFORCED-PROD")
def test_an_endless_program_runs_as_long_as_granted(ceesar, figures):
    limit = ceesar.environment.limits.timeout
    assert ceesar.run("python", "print(1)").result == "1\n", "not even a short program runs"
    outcome = ceesar.run("python", endless())
    figures.update(seconds=outcome.seconds, allowed=limit)
    assert outcome.error, f"the program was answered as if it had ended: {outcome}"
    assert limit - EARLY <= outcome.seconds <= limit + GRACE


@verifies("CC-LIM-ENFORCED-PROD")
def test_a_program_gets_the_memory_granted_and_no_more(ceesar):
    limit = ceesar.environment.limits.memory
    granted = ceesar.run("python", allocating(limit - limit // 4))
    assert granted.result == "allocated\n", f"three quarters of the limit are refused: {granted}"
    greedy = ceesar.run("python", allocating(limit + limit // 4))
    assert "allocated\n" not in greedy.result, f"a quarter more than the limit was granted: {greedy}"
    assert greedy.error, f"the refusal is not reported: {greedy}"
