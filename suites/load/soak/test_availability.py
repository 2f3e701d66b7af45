"""Availability of CeesarCode, as an uptime monitor sees it, and as the first visitor after a pause does."""

import pytest

from proveout import verifies

pytestmark = [pytest.mark.soak, pytest.mark.reads]


@verifies("CC-UPTIME-POLL")
def test_the_health_url_answers_whoever_polls_it(soak):
    assert soak.keeps("poll")


@verifies("CC-COST-SCALE")
def test_who_comes_after_a_pause_is_answered_in_time(soak):
    assert soak.keeps("cold start")
