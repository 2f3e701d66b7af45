"""Agents of CeesarCode in a burst: nobody uses up what the environment may ask of its AI provider."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from proveout import verifies
from proveout.access.answer import Unknowable

pytestmark = [pytest.mark.load, pytest.mark.writes, pytest.mark.exclusive]

MINUTE = 60.0  # seconds
BURST = 1.5  # requests for every one that is allowed
TOO_MANY = 429


@verifies("CC-AIQ-RATE")
def test_a_burst_of_requests_meets_the_limit_of_the_environment(ceesar, figures):
    allowed = limit_of(ceesar)
    answers, seconds = burst(ceesar, int(BURST * allowed) + 1)
    answered = [answer.ok() for answer in answers if answer.status != TOO_MANY]
    figures.update(asked=len(answers), answered=len(answered), allowed=allowed, seconds=seconds)
    assert len(answered) <= allowed, f"{len(answered)} of {len(answers)} requests were let through"
    assert ceesar.health().answer.status == 200
    if not answered or seconds > MINUTE:
        why = f"they took {seconds:.0f} s" if answered else "others used up the minute before"
        raise Unknowable(f"{len(answered)} of {len(answers)} requests were answered, but {why}: run it again")


def limit_of(ceesar):
    """Return how many requests the environment declares to take in a minute."""
    if ceesar.environment.agents is None:
        raise Unknowable(
            f"{ceesar.environment.id} declares no limit of its own: "
            "write [agents] requests_per_minute into environment.toml"
        )
    return ceesar.environment.agents.requests_per_minute


def burst(ceesar, requests):
    """Ask the agent so many things at once; return the answers, and how long all of it took in seconds."""
    begun = time.monotonic()
    with ThreadPoolExecutor(min(requests, ceesar.environment.budgets.concurrency - 1)) as pool:
        asked = pool.map(lambda _: ceesar.ask_pair_programmer("Where do I begin?"), range(requests))
        answers = list(asked)
    return answers, time.monotonic() - begun
