"""Stability: after a day of load an environment is what it was at its begin, and nothing broke meanwhile."""

import pytest

from proveout import serves, verifies

pytestmark = [pytest.mark.soak]


@verifies("GAIA-STG-STABLE")
@pytest.mark.writes
def test_staging_neither_restarts_nor_errs_nor_grows(soak):
    assert soak.keeps("restarts", "errors", "server errors", "rss")


@verifies("GAIA-PROD-STABLE")
@pytest.mark.reads
def test_prod_runs_on_without_a_restart_and_answers(soak):
    assert soak.keeps("restarts", "server errors")


@serves("GAIA-BP-STG-24H", "CC-CHK-PERF")
@pytest.mark.reads
def test_the_day_stays_within_its_budget(soak, budget):
    assert soak.holds(budget)


@serves("GAIA-BP-STG-24H", "CC-CHK-PERF")
@pytest.mark.reads
def test_nothing_broke_that_must_stay_whole_everywhere(soak):
    assert soak.breaks_nothing()
