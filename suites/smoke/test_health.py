"""Health of CeesarCode: what a load balancer and a person on call rely on."""

import re

import pytest

from proveout import verifies
from proveout.access.moment import within
from proveout.providers.readiness import NotYet, probe

pytestmark = [pytest.mark.smoke, pytest.mark.reads]

# The expression that semver.org suggests for Semantic Versioning 2.0.0.
SEMANTIC_VERSION = re.compile(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(-((0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
    r"(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?"
)


@verifies("CC-HL-METHOD")
def test_health_is_asked_for_with_get(ceesar):
    assert ceesar.health().answer.status == 200


@verifies("CC-HL-STATUS")
def test_health_is_healthy(ceesar):
    assert ceesar.health().status == "healthy"


@verifies("CC-HL-ENVIRONMENT")
def test_health_names_its_own_environment(ceesar):
    assert ceesar.health().environment == ceesar.environment.name


@verifies("CC-HL-VERSION")
def test_health_says_a_semantic_version(ceesar):
    version = ceesar.health().version
    assert isinstance(version, str)
    assert SEMANTIC_VERSION.fullmatch(version), f"{version!r} is no semantic version such as 1.0.0"


@verifies("CC-HL-TIMESTAMP")
def test_health_is_of_this_moment(ceesar):
    first = ceesar.health().timestamp
    assert first == within(seconds=30, of=ceesar.clock())

    def moves_on():
        if ceesar.health().timestamp <= first:
            raise NotYet(f"the timestamp stays at {first:%H:%M:%S.%f} UTC")

    probe(moves_on, within=3, every=0.2)
