"""Users of both systems: what they wait for and what goes wrong, while they come as a profile says."""

import pytest

from proveout import serves

pytestmark = [pytest.mark.load, pytest.mark.reads, pytest.mark.exclusive]


@serves("CC-TEST-PERF")
def test_a_users_visit_keeps_its_budgets(ceesar, load, figures):
    loaded = load(ceesar)
    figures.update(loaded.figures())
    assert loaded.keeps()


@serves("GAIA-STG-LOADTEST")
def test_a_day_of_users_keeps_its_budgets(gaia, load, figures):
    loaded = load(gaia)
    figures.update(loaded.figures())
    assert loaded.keeps()
