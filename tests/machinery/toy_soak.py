"""A project whose gate asks for a soak of seconds, with the journeys of ours."""

import shutil
from pathlib import Path

from machinery.toy import CLAIM
from machinery.verification import PROJECT, ROOT

GATES = """
never_waived = []

[dev-staging]
from = "dev"
to = "staging"
within = "3d"
committed = false

[[dev-staging.rule]]
says = "The version ran under load in dev"
needs = "soak"
span = "10s"
filled = 0.9
gap = "5s"
{slice}
"""
PROFILE = """
says = "seconds that have what a day has"
arrivals = "regular"
window = "1s"
sample = "1s"
warm_up = "1s"

[[phases]]
lasts = "12s"
rate = 4

[system.gaia]
journeys = [{ journey = "gaia.monitor", share = 1 }]
limits.error_share = 0.3
"""
CHECKS = """
import pytest
from proveout import verifies

pytestmark = [pytest.mark.soak, pytest.mark.reads]


@verifies("GAIA-HEALTH-DEV")
def test_it_runs_on(soak):
    assert soak.keeps("restarts", "errors")
"""


def toy_soak(folder: Path, *, slices: str = "") -> Path:
    """Make the project; `slices` is the gate's setting for stops on purpose."""
    root = folder / "toy-soak"
    place = root / "environments" / "gaia"
    shutil.copytree(ROOT / "environments" / "gaia", place)
    row = {"environments": '["dev"]', "tier": "soak", "proof": "live", "scope": "each"}
    (place / "claims.toml").write_text(CLAIM.format(id="GAIA-HEALTH-DEV", says="It runs on", **row))
    (place / "gates.toml").write_text(GATES.format(slice=slices))
    (root / "pyproject.toml").write_text(PROJECT)
    load = root / "suites" / "load"
    shutil.copytree(ROOT / "suites" / "load" / "journeys", load / "journeys")
    shutil.copy(ROOT / "suites" / "load" / "locustfile.py", load)
    (load / "profiles").mkdir()
    (load / "profiles" / "soak_24h.toml").write_text(PROFILE)
    (root / "suites" / "test_soak.py").write_text(CHECKS)
    return root
