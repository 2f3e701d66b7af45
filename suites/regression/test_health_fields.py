"""Health of CeesarCode: the fields that monitors were told they would find."""

import pytest

from proveout import verifies
from proveout.access.ceesar import HEALTH_FIELDS

pytestmark = [pytest.mark.regression, pytest.mark.reads]


@verifies("CC-HL-FIELDS")
def test_health_has_the_documented_fields(ceesar):
    assert set(ceesar.health().fields) >= set(HEALTH_FIELDS)
