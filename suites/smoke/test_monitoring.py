"""Monitoring of GAIA_GO: the health that is polled, and the log that people on call read."""

import pytest

from proveout import verifies

pytestmark = [pytest.mark.smoke, pytest.mark.reads]


@verifies("GAIA-HEALTH-DEV", "GAIA-HEALTH-PROD")
def test_health_succeeds_over_plain_http(gaia):
    assert gaia.plain_health().answer.status == 200


@verifies("GAIA-HEALTH-STAGING")
def test_health_succeeds(gaia):
    assert gaia.health().answer.status == 200


@verifies("GAIA-HEALTH-BODY")
def test_health_is_healthy_and_machine_readable(gaia):
    health = gaia.health()
    assert health.answer.content_type == "application/json"
    assert health.status == "healthy"


@verifies("GAIA-LOG-PATH")
def test_the_log_receives_what_the_level_lets_through(gaia, logs):
    level = gaia.environment.logs.level

    def heard(lines):
        return any(logs.level(line) in logs.from_level(level) for line in lines)

    lines = logs.written_during(gaia.provoke, until=heard)
    assert heard(lines), (
        f"{gaia.environment.logs.event} left no line at {level} or above in {gaia.environment.logs.file}"
    )
