"""Projects of very few claims, whose gate a real run can pass: our systems cut down to what tests need."""

import shutil
from pathlib import Path

from machinery.verification import PROJECT, ROOT

CLAIM = """
[[claim]]
id = "{id}"
says = "{says}"
section = "Health"
environments = {environments}
kind = "check"
tier = "{tier}"
proof = "{proof}"
scope = "{scope}"
verified_by = "HTTP"
"""
CLAIMS = {
    "CC-HL-STATUS": {"says": "Health is healthy"},
    "CC-HL-METHOD": {"says": "Health answers to GET"},
}
GATES = """
never_waived = ["CC-HL-METHOD"]

[dev-gamma]
from = "dev"
to = "gamma"
within = "3d"
committed = false

[[dev-gamma.rule]]
says = "All smoke tests pass in dev"
needs = "tier"
tier = "smoke"
"""
CHECKS = """
import os

import pytest
from proveout import verifies

pytestmark = [pytest.mark.smoke, pytest.mark.reads]


@verifies("CC-HL-STATUS")
def test_health_is_healthy(ceesar):
    {body}
    assert ceesar.health().status == "healthy"


@verifies("CC-HL-METHOD")
def test_health_answers_to_get(ceesar):
    assert ceesar.health().answer.status == 200
"""

# One claim that the live dev proves, and one that only a copy of it can.
GAIA_CLAIMS = {
    "GAIA-HEALTH-DEV": {"says": "Health is healthy"},
    "GAIA-RUN-DEV": {"says": "The command starts it", "proof": "twin"},
}
GAIA_GATES = GATES.replace("dev-gamma", "dev-staging").replace('"gamma"', '"staging"')
GAIA_CHECKS = """
import pytest
from proveout import verifies

pytestmark = [pytest.mark.smoke, pytest.mark.reads]


@verifies("GAIA-HEALTH-DEV")
def test_health_is_healthy(gaia):
    assert gaia.health().status == "healthy"


@verifies("GAIA-RUN-DEV")
def test_the_command_starts_it(started, gaia):
    assert gaia.health().answer.status == 200
"""


def toy_gaia(folder: Path) -> Path:
    """Make the project whose gate needs a twin."""
    root = folder / "toy-gaia"
    place = root / "environments" / "gaia"
    shutil.copytree(ROOT / "environments" / "gaia", place)
    usual = {"environments": '["dev"]', "tier": "smoke", "proof": "live", "scope": "each"}
    (place / "claims.toml").write_text(
        "".join(CLAIM.format(id=i, **usual | row) for i, row in GAIA_CLAIMS.items())
    )
    (place / "gates.toml").write_text(GAIA_GATES.replace("CC-HL-METHOD", "GAIA-HEALTH-DEV"))
    (root / "pyproject.toml").write_text(PROJECT)
    (root / "suites").mkdir()
    (root / "suites" / "test_gaia.py").write_text(GAIA_CHECKS)
    return root


def toy(
    folder: Path, *, claims: dict[str, dict[str, str]] | None = None, gates: str = GATES, body: str = "pass"
) -> Path:
    """Make the project; `body` is what the first check does before it looks."""
    root = folder / "toy"
    place = root / "environments" / "ceesar"
    shutil.copytree(ROOT / "environments" / "ceesar", place)
    usual = {"environments": '["dev"]', "tier": "smoke", "proof": "live", "scope": "each"}
    rows = {**CLAIMS, **(claims or {})}
    (place / "claims.toml").write_text("".join(CLAIM.format(id=i, **usual | row) for i, row in rows.items()))
    (place / "gates.toml").write_text(gates)
    (root / "pyproject.toml").write_text(PROJECT)
    (root / "suites").mkdir()
    (root / "suites" / "test_health.py").write_text(CHECKS.format(body=body))
    return root
