"""The log of prod: it says what is wrong, and no more than that."""

import pytest

from proveout import verifies

pytestmark = [pytest.mark.soak, pytest.mark.reads]


@verifies("GAIA-PROD-LOG-WARN")
def test_ordinary_traffic_leaves_next_to_nothing_in_the_log(soak):
    assert soak.keeps("levels", "log per request")
