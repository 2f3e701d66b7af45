"""Programs that press on the machine of CeesarCode: they are told that they failed, the server lives on."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from proveout import verifies
from proveout.access.program import allocating, burning

pytestmark = [pytest.mark.load, pytest.mark.disrupts, pytest.mark.exclusive]

LOOK = 0.1  # seconds between two looks at the health


@verifies("CC-TS-RESOURCE")
def test_programs_that_take_everything_fail_and_the_server_lives_on(ceesar, machine, figures):
    port, limits = ceesar.target.ports["port"], ceesar.environment.limits
    server = machine.processes.listening(port)
    greedy = [allocating(2 * limits.memory), burning()]
    outcomes, health = pressed(ceesar, [greedy[n % 2] for n in range(limits.executions)])
    figures.update(programs=len(outcomes), health_asked=len(health))
    silent = [str(outcome) for outcome in outcomes if not outcome.error]
    assert silent == [], "programs that could not end were answered as if they had"
    unwell = [str(answer) for answer in health if answer.status != 200]
    assert unwell == [], "the server was not well meanwhile"
    assert machine.processes.listening(port) == server, "another process serves now"
    assert ceesar.run("python", "print(6 * 7)").result.strip() == "42", "no program runs any more"


def pressed(ceesar, programs):
    """Run all the programs at once; return what came of them, and every health answer meanwhile."""
    with ThreadPoolExecutor(len(programs)) as pool:
        running = [pool.submit(ceesar.run, "python", source) for source in programs]
        health = [ceesar.http.get("/api/health")]
        while wait(running, timeout=LOOK).not_done:
            health.append(ceesar.http.get("/api/health"))
    return [program.result() for program in running], health
