"""A live and a disposable target of one environment."""

from pathlib import Path

import pytest

from proveout.catalogue.catalogue import load
from proveout.providers.target import Target
from proveout.safety.policy import Policy

ENVIRONMENTS = Path(__file__).parents[2] / "environments"


@pytest.fixture(scope="session")
def prod():
    """The last environment: only reading, and POST /api/run."""
    return load(ENVIRONMENTS).environments["ceesar/prod"]


@pytest.fixture
def policy_of(prod):
    """A function that returns the policy of a target at a URL."""

    def policy_of(url="https://prod.example.com", provenance="live"):
        return Policy.of(Target(prod, provenance, url))

    return policy_of
