"""Resources of CeesarCode: a crowd of users does not make it take more than it was given."""

import pytest

from proveout import verifies
from proveout.access.answer import Unknowable

pytestmark = [pytest.mark.load, pytest.mark.reads, pytest.mark.exclusive]


@verifies("CC-RES-UNDER-LOAD")
def test_under_load_it_takes_no_more_than_it_was_given(ceesar, load, machine, figures):
    given = allocation_of(ceesar)
    loaded = load(ceesar, in_time=False)
    usage = loaded.usage
    if len(usage) < 2:
        raise Unknowable(
            f"what it takes of {machine.name} was not seen: {loaded.unseen or 'too short a load'}"
        )
    cpus = (usage[-1].cpu - usage[0].cpu) / (usage[-1].at - usage[0].at)
    memory = max(moment.memory for moment in usage)
    figures.update(cpus=cpus, memory=memory, looks=len(usage), given=given.model_dump())
    assert {moment.listeners for moment in usage} == {usage[0].listeners}, (
        "the server was ended and started anew"
    )
    assert memory <= given.memory, f"it took {memory} bytes of memory, {given.memory} were given"
    assert cpus <= given.cpus, f"it took {cpus:.2f} processors, {given.cpus:g} were given"
    assert nobody_was_killed(usage)
    loaded.require_offered()


def allocation_of(ceesar):
    """Return what the environment declares to use of its machine."""
    if ceesar.environment.resources is None:
        raise Unknowable(
            f"{ceesar.environment.id} declares no allocation: "
            "write [resources] cpus and memory into environment.toml"
        )
    return ceesar.environment.resources


def nobody_was_killed(usage):
    """Return True if the kernel ended no process for want of memory meanwhile."""
    before, after = usage[0].killed, usage[-1].killed
    if before is None or after is None:
        raise Unknowable(
            "whether a process was ended for want of memory cannot be seen: no oom_kill in /proc/vmstat"
        )
    if after > before:
        raise Unknowable(
            f"the kernel ended {after - before} processes of the machine for want of memory meanwhile; whose "
            "they were can be seen where the environment has a memory cgroup of its own, as in a container"
        )
    return True
