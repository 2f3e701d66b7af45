"""The data of prod: what is there stays there."""

import pytest

from proveout import verifies

pytestmark = [pytest.mark.soak, pytest.mark.reads]


@verifies("GAIA-PROD-NEVER-RESET")
def test_the_database_stays_the_same_and_no_table_is_emptied(soak):
    assert soak.keeps("database file", "rows")
