"""Feature flags of CeesarCode: a switch switches."""

import pytest

from proveout import verifies

pytestmark = [pytest.mark.regression, pytest.mark.disrupts]


@verifies("CC-CFG-FLAG-PAIR")
def test_the_flag_switches_the_pair_programming_agent(ceesar, variant):
    assert ceesar.config().get("enablePairProgramming") is ceesar.environment.flags.pair_programming

    on = variant(ENABLE_PAIR_PROGRAMMING="true")
    assert on.config().get("enablePairProgramming") is True
    assert on.ask_pair_programmer("Where do I begin?").ok().object().get("messages"), "the agent says nothing"

    off = variant(ENABLE_PAIR_PROGRAMMING="false")
    assert off.config().get("enablePairProgramming") is False
    assert off.ask_pair_programmer("Where do I begin?").status >= 400, "the agent answers although it is off"
