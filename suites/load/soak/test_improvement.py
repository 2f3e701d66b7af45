"""Self-improvement: staging optimises, but what runs there changes with a deployment only."""

import pytest

from proveout import verifies

pytestmark = [pytest.mark.soak, pytest.mark.writes]


@verifies("GAIA-STG-SI-CONTROLLED")
def test_what_runs_changes_with_a_deployment_only(environment, configuration, soak):
    aggressive = str(environment.improvement.aggressive).lower()
    assert configuration["GAIA_AGGRESSIVE_OPTIMIZATION"].lower() == aggressive
    assert soak.keeps("binary")
