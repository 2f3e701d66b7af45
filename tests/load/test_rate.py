import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proveout.load.profile import Idle, Limits, Mix, Part, Phase, Profile
from proveout.load.rate import Rate

MIX = {"gaia": Mix(journeys=(Part(journey="operator", share=1),), limits=Limits(error_share=0.01))}


def profile(*phases, idle=None, **more):
    return Profile(says="a test", phases=phases, idle=idle, system=MIX, name="test", **more)


def lasting(seconds, rate, **more):
    return Phase(lasts=f"{seconds:f}s", rate=rate, **more)


RATES = st.floats(0.01, 500) | st.just(0.0)


@st.composite
def phases(draw):
    swing = draw(RATES)
    period = f"{draw(st.floats(1, 5000)):f}s"
    return lasting(
        draw(st.floats(1, 2000)), draw(RATES), to=draw(st.none() | RATES), swing=swing, period=period
    )


@st.composite
def profiles(draw):
    found = draw(st.lists(phases(), min_size=1, max_size=4))
    every = draw(st.floats(5, 900))
    idle = draw(st.none() | st.just(Idle(every=f"{every:f}s", lasts=f"{every / 7:f}s")))
    if not any(phase.rate or phase.to or phase.swing for phase in found):
        found.append(lasting(10, 1))
    return profile(*found, idle=idle)


@given(profiles(), st.floats(0, 1))
def test_the_position_of_a_number_of_arrivals_is_where_there_are_so_many(drawn, share):
    rate = Rate(drawn)
    wanted = share * rate.total(drawn.duration)
    position = rate.when(wanted)
    if math.isinf(position):
        assert wanted >= rate.total(drawn.duration) - 1e-6
    else:
        assert 0 <= position <= drawn.duration
        assert rate.total(position) == pytest.approx(wanted, abs=1e-6)


@given(profiles(), st.lists(st.floats(0, 1), min_size=2, max_size=2))
def test_the_total_only_grows_and_is_the_area_below_the_rate(drawn, shares):
    rate = Rate(drawn)
    begin, end = (drawn.duration * share for share in sorted(shares))
    counted = rate.total(end) - rate.total(begin)
    assert counted >= -1e-6
    steps = 2000
    width = (end - begin) / steps
    area = sum(rate.at(begin + (step + 0.5) * width) for step in range(steps)) * width
    fastest = max(phase.rate + (phase.to or 0) + phase.swing for phase in drawn.phases)
    jumps = 2 * len(list(drawn.phases)) + 2 * (drawn.idle is not None) * (
        drawn.duration / drawn.idle.every + 1 if drawn.idle else 0
    )
    shortest = min(phase.period for phase in drawn.phases)
    assert counted == pytest.approx(area, abs=fastest * width * (2 + jumps + (end - begin) / shortest) + 1e-6)


def test_a_ramp_a_wave_and_a_pause_have_the_rates_they_say():
    ramp = Rate(profile(lasting(100, 0, to=10)))
    assert (ramp.at(0), ramp.at(50), ramp.at(100)) == (0, 5, 0)
    assert ramp.total(100) == pytest.approx(500)
    wave = Rate(profile(lasting(100, 2, swing=8, period="100s")))
    assert (wave.at(0), wave.at(50)) == (2, 10)
    assert wave.total(100) == pytest.approx(600)
    paused = Rate(profile(lasting(100, 4), idle=Idle(every="20s", lasts="5s")))
    assert [paused.at(position) for position in (0, 14.9, 15, 19.9, 20)] == [4, 4, 0, 0, 4]
    assert paused.total(100) == pytest.approx(300)
    assert paused.when(60) == pytest.approx(20)  # the 61st comes when the pause is over


def test_before_and_after_nobody_arrives():
    rate = Rate(profile(lasting(10, 3)))
    assert (rate.at(-1), rate.at(10), rate.at(99)) == (0, 0, 0)
    assert (rate.total(-1), rate.total(99)) == (0, 30)
    assert math.isinf(rate.when(30))


def test_a_time_in_which_nobody_arrives_is_passed_over():
    rate = Rate(profile(lasting(10, 0), lasting(10, 0), lasting(10, 1)))
    assert rate.when(0) == 20
    assert rate.when(5) == pytest.approx(25)
