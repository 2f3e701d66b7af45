"""Limits of CeesarCode: a program gets what the definition grants, and nothing of it is left."""

import secrets

import pytest

from proveout import verifies
from proveout.access.program import allocating
from proveout.providers.readiness import NotYet, probe

pytestmark = [pytest.mark.regression, pytest.mark.writes]

GRACE = 2  # seconds, as the claim allows
EARLY = 0.2  # seconds that clocks may differ by; earlier is another limit
# The program starts itself anew under a name that no other process has, so that it can be found.
ENDLESS = (
    "import os, sys; "
    "os.execv(sys.executable, [sys.executable, '-c', 'import time\\nwhile True: time.sleep(1)', '{name}'])"
)


@verifies("CC-LIM-TIMEOUT-GAMMA")
def test_an_endless_program_is_answered_in_time(ceesar):
    limit = ceesar.environment.limits.timeout
    assert ceesar.run("python", "print(1)").result == "1\n", "not even a short program runs"
    outcome = ceesar.run("python", "while True: pass")
    assert outcome.error, f"the program was answered as if it had ended: {outcome}"
    assert limit - EARLY <= outcome.seconds <= limit + GRACE


@verifies("CC-LIM-TIMEOUT-GAMMA")
def test_nothing_of_an_endless_program_is_left(ceesar, machine):
    name = f"proveout-{secrets.token_hex(8)}"
    seen = ceesar.while_running("python", ENDLESS.format(name=name), lambda: machine.processes_with(name))
    assert seen, "the program was never seen running"

    def gone():
        if left := machine.processes_with(name):
            raise NotYet(f"still running: {left[0]}")

    probe(gone, within=GRACE)


@verifies("CC-LIM-MEMORY-GAMMA")
def test_a_program_gets_no_more_memory_than_granted(ceesar):
    limit = ceesar.environment.limits.memory
    before = ceesar.health().fields.get("status")
    modest = ceesar.run("python", allocating(limit // 4))
    assert modest.result == "allocated\n", f"a quarter of the limit is refused: {modest}"
    greedy = ceesar.run("python", allocating(limit + limit // 4))
    assert "allocated\n" not in greedy.result, f"a quarter more than the limit was granted: {greedy}"
    assert greedy.error, f"the refusal is not reported: {greedy}"
    assert ceesar.health().fields.get("status") == before, "the server did not get over it"
