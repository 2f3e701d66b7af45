"""The dashboard of GAIA_GO in a real browser: that it opens, works, and tells what the API tells."""

import pytest

from proveout import serves
from proveout.access.dashboard import Dashboard

pytestmark = [pytest.mark.smoke, pytest.mark.reads]


# What the development, staging and production rules call tested includes what people look at.
@serves("GAIA-WF-DEV", "GAIA-STG-TEST-FULL", "GAIA-DR-PROD-VERIFY")
def test_the_dashboard_shows_the_figures_of_the_quotas(gaia, browser):
    dashboard = Dashboard.of(gaia, browser)
    assert dashboard.is_about_quotas()
    before, after = dashboard.figures(), dashboard.figures()  # others may be adding rules
    assert dashboard.shows_one_of(before["total_users"], after["total_users"])
    assert dashboard.shows_one_of(before["total_rules"], after["total_rules"])
    assert dashboard.errors == []
