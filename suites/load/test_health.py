"""Health of GAIA_GO: whoever polls it is answered soon, whatever else goes on."""

import pytest

from proveout import verifies
from proveout.access.latency import asked_steadily, keeps

pytestmark = [pytest.mark.load, pytest.mark.reads, pytest.mark.exclusive]

HEALTH = "GET /health"
ORDINARY = "baseline"  # the profile whose budget counts while none is driven
SHARE = 0.99
TIMES = 480  # questions; what one hiccup of the machine still lets decide
EVERY = 0.015  # seconds


@verifies("GAIA-HEALTH-LATENCY")
def test_health_answers_soon_while_nothing_else_goes_on(gaia, load, figures):
    budget = load.budget(gaia, HEALTH, SHARE, ORDINARY)
    at_once = gaia.environment.budgets.concurrency - 1
    waited = asked_steadily(gaia.health, times=TIMES, every=EVERY, at_once=at_once)
    figures.update(asked=waited.count, failed=waited.failed, p99=waited.quantile(SHARE), budget=budget)
    assert keeps(waited, SHARE, budget, what=f"{HEALTH} while nothing else goes on")


@verifies("GAIA-HEALTH-LATENCY")
def test_health_answers_soon_under_load(gaia, load, figures):
    loaded = load(gaia)
    figures.update(loaded.figures())
    assert keeps(loaded.waited(HEALTH), SHARE, load.budget(gaia, HEALTH, SHARE), what=f"{HEALTH} under load")
