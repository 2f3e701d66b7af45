"""Agents of CeesarCode in a burst: nobody uses up what the environment may ask of its AI provider."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

from proveout import verifies
from proveout.access.answer import Unknowable, Wrong

pytestmark = [pytest.mark.load, pytest.mark.writes, pytest.mark.exclusive]

MINUTE = 60.0  # seconds
BURST = 1.5  # requests for every one that is allowed
OTHERS = 0.5  # the share of the limit that those who use a live environment may need all the time
TOO_MANY = 429


@verifies("CC-AIQ-RATE")
def test_a_burst_of_requests_meets_the_limit_of_the_environment(ceesar, figures):
    allowed = limit_of(ceesar)
    bursts = [burst(ceesar, int(BURST * allowed) + 1)]
    if bursts[0].answered < allowed:
        time.sleep(MINUTE)  # what was asked before counts no more then; asking meanwhile would count, too
        bursts.append(burst(ceesar, int(BURST * allowed) + 1))
    figures.update(allowed=allowed, bursts=[each._asdict() for each in bursts])
    assert ceesar.health().answer.status == 200
    assert meets(ceesar, bursts, allowed)


class Burst(NamedTuple):
    """How many requests were sent at once, how many were let through, and how long all of them took."""

    asked: int
    answered: int
    seconds: float


def limit_of(ceesar):
    """Return how many requests the environment declares to take in a minute."""
    if ceesar.environment.agents is None:
        raise Unknowable(
            f"{ceesar.environment.id} declares no limit of its own: "
            "write [agents] requests_per_minute into environment.toml"
        )
    return ceesar.environment.agents.requests_per_minute


def burst(ceesar, requests):
    """Ask the agent so many things at once."""
    begun = time.monotonic()
    with ThreadPoolExecutor(min(requests, ceesar.environment.budgets.concurrency - 1)) as pool:
        asked = pool.map(lambda _: ceesar.ask_pair_programmer("Where do I begin?"), range(requests))
        answers = list(asked)
    seconds = time.monotonic() - begun
    answered = [answer.ok() for answer in answers if answer.status != TOO_MANY]
    return Burst(len(answers), len(answered), seconds)


def meets(ceesar, bursts, allowed):
    """Return True if the limit is the declared one; Wrong: it is another; Unknowable: nobody knows.

    Who asks within a minute of others finds less than all of it. Nobody else uses a disposable copy, and what
    this run asked before was over a minute ago when the second burst came.
    """
    for each in bursts:
        # More than a minute has room for the limit more than once.
        if each.answered > allowed * (1 + each.seconds // MINUTE):
            raise Wrong(
                f"{each.answered} of {each.asked} requests were let through in {each.seconds:.0f} s, "
                f"{allowed} a minute are declared"
            )
    if slow := [each for each in bursts if each.seconds >= MINUTE]:
        raise Unknowable(
            f"{slow[0].asked} requests at once took {slow[0].seconds:.0f} s, longer than the minute that "
            "the limit is about: run it again when nothing else goes on"
        )
    best = max(bursts, key=lambda each: each.answered)
    if best.answered == allowed:
        return True
    said = (
        f"{best.answered} of {best.asked} requests were let through, after a minute without any from here; "
        f"{allowed} a minute are declared"
    )
    if ceesar.target.provenance == "live" and best.answered >= OTHERS * allowed:
        raise Unknowable(f"{said}: others may have used up the rest; run it again when nobody else asks")
    raise Wrong(f"{said}: a stricter limit is in force")
