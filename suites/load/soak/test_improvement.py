"""Self-improvement: staging optimises, but what runs there changes with a deployment only."""

import pytest

from proveout import verifies

pytestmark = [pytest.mark.soak, pytest.mark.writes]

SETTING = "GAIA_AGGRESSIVE_OPTIMIZATION"


@verifies("GAIA-STG-SI-CONTROLLED")
def test_what_runs_changes_with_a_deployment_only(environment, configuration, soak):
    declared = str(environment.improvement.aggressive).lower()
    said = configuration.get(SETTING, "missing")
    assert said.lower() == declared, f"{SETTING} is {said!r}, {declared} is declared"
    assert soak.keeps("binary")
