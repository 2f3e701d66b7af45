"""The time limit of CeesarCode is a setting: more time lets a longer program finish."""

import pytest

from proveout import verifies

pytestmark = [pytest.mark.integration, pytest.mark.disrupts]

LIMIT = 2  # seconds; the same program runs against this and against twice as much
LONGER = f"import time; time.sleep({1.5 * LIMIT}); print('finished')"


@verifies("CC-TS-TIMEOUT-SETTING")
def test_more_time_lets_a_longer_program_finish(variant):
    short = variant(EXECUTION_TIMEOUT_SECONDS=str(LIMIT)).run("python", LONGER)
    assert short.error, f"the limit of {LIMIT} s did not stop it: {short}"
    assert "finished" not in short.result
    ample = variant(EXECUTION_TIMEOUT_SECONDS=str(2 * LIMIT)).run("python", LONGER)
    assert (ample.result, ample.error) == ("finished\n", "")
