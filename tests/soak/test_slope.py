import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proveout.soak.series import Series
from proveout.soak.slope import Blocks, blocked, fitted, slopes

MINUTES = np.arange(1440)
HOURS = MINUTES / 60
DAY = 86_400.0
QUIET = MINUTES % 60 >= 57
SEEDS = st.integers(0, 2**32 - 1)


def series(values, *, load=None, quiet=QUIET, hours=HOURS):
    under = np.where(quiet, 0.0, 8.0) if load is None else load
    return Series("rss", hours, np.asarray(values, float), under, np.zeros(len(hours), dtype=np.int64), quiet)


def noise(seed, size=1440):
    return np.random.default_rng(seed).standard_normal(size) * 1e6


def by_kind(whole, duration=DAY):
    return {slope.kind: slope for slope in slopes(whole, duration)}


def teeth(seed, height=2e7, every=35):
    lengths = np.random.default_rng(seed).integers(every - 5, every + 5, size=100)
    return np.concatenate([np.linspace(0, height, length) for length in lengths])[:1440]


@given(SEEDS, st.floats(-1e9, 1e9))
@settings(max_examples=20, deadline=None)
def test_where_a_series_begins_does_not_change_its_slope(seed, shift):
    values = noise(seed)
    for kind, slope in by_kind(series(values)).items():
        moved = by_kind(series(values + shift))[kind]
        assert moved.slopes == pytest.approx(slope.slopes, abs=1.0)
        assert moved.errors == pytest.approx(slope.errors, rel=1e-3)


@given(SEEDS, st.floats(0.1, 100))
@settings(max_examples=20, deadline=None)
def test_the_unit_does_not_change_how_sure_a_slope_is(seed, factor):
    values = noise(seed) + 1e5 * HOURS
    for kind, slope in by_kind(series(values)).items():
        scaled = by_kind(series(values * factor))[kind]
        assert scaled.slopes == pytest.approx(slope.slopes * factor, rel=1e-6)
        # Rounding to pages does not scale; it is a thousandth of this noise.
        assert scaled.score() == pytest.approx(slope.score(), rel=0.02, abs=0.02)


@given(SEEDS, st.floats(0, 1e7), st.floats(0, 1e7))
@settings(max_examples=20, deadline=None)
def test_a_larger_leak_is_never_less_sure(seed, less, more):
    low, high = sorted((less, more))
    values = noise(seed)
    small, large = by_kind(series(values + low * HOURS)), by_kind(series(values + high * HOURS))
    for kind in small.keys() & large.keys():
        if kind != "floor":  # another minute may be the least one of its hour
            # The median of a block may be another minute's; that is a hundredth of what is said. Beyond twice
            # the critical value nobody asks how sure it is.
            before, after = (min(slope[kind].score(), 9.0) for slope in (small, large))
            assert after >= before - 0.01 * abs(before) - 0.01


@given(SEEDS, st.floats(-5e8, 5e8), st.integers(100, 1340))
@settings(max_examples=20, deadline=None)
def test_one_step_is_no_growth(seed, height, minute):
    found = by_kind(series(noise(seed) + height * (minute <= MINUTES)))
    assert all(slope.score() < 4.5 for slope in found.values())
    assert {"level", "floor", "idle"} <= found.keys()


def test_a_step_is_told_with_its_height_and_hour():
    slope = by_kind(series(noise(1) + 5e7 * (HOURS >= 15)))["level"]
    hour, height = slope.step
    assert hour == pytest.approx(15, abs=0.5)
    assert height == pytest.approx(5e7, rel=0.05)
    assert slope.growth(24)[1] > 5e7, "what came on top at once is on top, too"


def test_a_leak_under_a_step_down_is_still_seen():
    slope = by_kind(series(noise(2) + 1e6 * HOURS - 2e7 * (HOURS >= 12)))["level"]
    assert slope.score() > 6
    assert slope.interval()[0] < 1e6 < slope.interval()[1]
    assert slope.growth(24)[1] > 24e6, "what fell at once does not make up for what leaks"


@pytest.mark.parametrize("seed", range(3))
def test_the_teeth_of_a_collector_hide_no_leak(seed):
    found = by_kind(series(noise(seed) + teeth(seed) + 3e5 * HOURS))
    assert found["teeth"].score() > 4.5
    assert found["teeth"].score() > found["floor"].score() > found["level"].score()
    assert all(slope.score() < 3 for slope in by_kind(series(noise(seed) + teeth(seed))).values())


def test_without_a_collector_there_are_no_teeth():
    assert "teeth" not in by_kind(series(noise(1)))


@pytest.mark.parametrize("until", [12, 24])
def test_what_the_load_needs_is_no_growth(until):
    load = np.where(QUIET, 0.0, 4 + 8 * (1 - np.cos(2 * np.pi * HOURS / 24)) / 2)
    whole = series(noise(3) + 4e6 * load, load=load)
    assert all(slope.score() < 3 for slope in slopes(whole.until(until), DAY))
    leaking = series(noise(3) + 4e6 * load + 5e5 * HOURS, load=load)
    assert by_kind(leaking)["level"].score() > 6


@pytest.mark.parametrize("share", [0.5, 0.95])
def test_noise_that_lasts_makes_a_slope_less_sure(share):
    random = np.random.default_rng(4)
    values = [0.0]
    for fresh in random.standard_normal(1439):
        values.append(share * values[-1] + fresh * math.sqrt(1 - share**2))
    lasting = by_kind(series(np.array(values) * 1e6))["level"]
    assert lasting.errors[0] > 1.3 * by_kind(series(noise(4)))["level"].errors[0]
    assert abs(lasting.score()) < 3


def test_too_few_blocks_say_nothing():
    count = np.arange(11.0)
    assert fitted(Blocks("level", count, count, count * 0)) is None
    assert fitted(Blocks("level", np.arange(12.0), np.arange(12.0), np.zeros(12))) is not None
    assert slopes(series(noise(1)).until(5), DAY) == []
    nothing = series([], hours=HOURS[:0], quiet=QUIET[:0], load=HOURS[:0])
    assert slopes(nothing, DAY) == []


def test_values_that_never_change_do_not_grow():
    for slope in slopes(series(np.full(1440, 3e8)), DAY):
        assert slope.score() <= 0
        assert slope.growth(24) == pytest.approx((0, 0), abs=8192)
        assert slope.step is None


def test_the_pauses_are_blocks_of_their_own():
    blocks = blocked(series(np.where(QUIET, 1e8, 9e8)), "idle", 24)
    assert len(blocks.hours) == 24
    assert set(blocks.values) == {1e8}


@given(SEEDS)
@settings(max_examples=10, deadline=None, derandomize=True)  # 99 % is not always
def test_the_smallest_leak_that_would_be_seen_is_seen(seed):
    slope = by_kind(series(noise(seed)))["level"]
    leak = slope.smallest(4.0)
    leaking = by_kind(series(noise(seed + 1) + leak * HOURS))["level"]
    assert leaking.score() > 3.0  # 4 with 99 %, so surely not much less
    assert slope.smallest(4.0, rate=1e6) == pytest.approx(leak + 1e6)


@given(SEEDS, st.integers(1, 300))
@settings(max_examples=15, deadline=None, derandomize=True)
def test_missing_minutes_make_nothing_sure(seed, missing):
    values = noise(seed)
    kept = np.sort(np.random.default_rng(seed).permutation(1440)[missing:])
    part = series(values[kept], hours=HOURS[kept], quiet=QUIET[kept])
    assert all(slope.score() < 4 for slope in slopes(part, DAY))
    assert 0.5 < by_kind(part)["level"].errors[0] / by_kind(series(values))["level"].errors[0] < 2
