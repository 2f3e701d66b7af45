"""Users of CeesarCode: what they wait for and what goes wrong, while they come at a steady rate."""

import pytest

from proveout import serves

pytestmark = [pytest.mark.load, pytest.mark.reads, pytest.mark.exclusive]


@serves("CC-TEST-PERF")
def test_a_users_visit_keeps_its_budgets(ceesar, journey):
    budget = ceesar.environment.budgets.journey
    assert journey(budget).keeps(budget)
