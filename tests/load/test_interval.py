import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proveout.load.interval import at_most, quantile_of, sample_needed, share_of


@st.composite
def samples(draw):
    size = draw(st.integers(1, 400))
    return draw(st.integers(0, size)), size


@pytest.mark.parametrize(
    ("count", "size", "share"),
    [(0, 10, 0.3), (3, 10, 0.3), (7, 10, 0.3), (9, 10, 0.3), (55, 60, 0.95), (2, 300, 0.01)],
)
def test_the_distribution_is_the_binomial_one(count, size, share):
    exact = sum(math.comb(size, k) * share**k * (1 - share) ** (size - k) for k in range(count + 1))
    assert at_most(count, size, share) == pytest.approx(exact, rel=1e-9)


def test_far_from_the_middle_the_distribution_stays_a_probability():
    assert at_most(0, 1_000_000, 0.5) == 0
    assert at_most(999_999, 1_000_000, 0.5) == 1
    assert at_most(50_000, 1_000_000, 0.05) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("count", "size", "lower", "upper"),
    [
        # by exact summation with 40 digits
        (0, 299, 0, 0.009969147),
        (0, 298, 0, 0.010002432),
        (1, 10, 0.005116197, 0.394163302),
        (3, 20, 0.042169408, 0.343663804),
        (5, 600, 0.003289156, 0.017441325),
        (10, 10, 0.741134449, 1),
    ],
)
def test_bounds_of_a_share_are_the_known_ones(count, size, lower, upper):
    bounds = share_of(count, size)
    assert bounds.lower == pytest.approx(lower, abs=1e-8)
    assert bounds.upper == pytest.approx(upper, abs=1e-8)


@pytest.mark.parametrize(("count", "size"), [(0, 0), (-1, 5), (6, 5)])
def test_what_is_no_share_has_no_bounds(count, size):
    with pytest.raises(ValueError, match="is no share of a sample"):
        share_of(count, size)


@given(samples())
def test_the_bounds_enclose_the_sample(sample):
    count, size = sample
    bounds = share_of(count, size)
    assert 0 <= bounds.lower <= count / size <= bounds.upper <= 1


def test_an_upper_bound_of_the_95th_percentile_needs_59_values():
    assert quantile_of(range(58), 0.95).upper == math.inf
    assert quantile_of(range(59), 0.95).upper == 58
    assert quantile_of([], 0.95) == quantile_of([1.0], 0.95).__class__(0.0, math.inf)


@given(st.lists(st.floats(0, 10), max_size=300), st.floats(0, 10))
def test_bounds_of_the_quantile_and_of_the_share_above_it_agree(values, limit):
    """The same question asked twice: is the 95th percentile within, and are at most 5 % above?"""
    slow = sum(value > limit for value in values)
    bounds = quantile_of(values, 0.95)
    if values:
        kept = at_most(slow, len(values), 0.05) <= 0.05
        assert (bounds.upper <= limit) == kept
        assert not (bounds.lower > limit and bounds.upper <= limit)
        if bounds.lower > limit:
            assert share_of(slow, len(values)).lower >= 0.05 - 1e-9


@given(st.lists(st.floats(0, 10), min_size=1, max_size=300))
def test_bounds_of_a_quantile_are_in_order(values):
    bounds = quantile_of(values, 0.95)
    assert bounds.lower <= bounds.upper


def test_the_sample_needed_is_the_smallest_that_decides():
    assert sample_needed(0, 10, 0.01) == 299
    assert sample_needed(0, 1, 0.05) == 59
    assert sample_needed(1, 100, 0.01) is None


@given(samples(), st.floats(0.001, 0.5))
def test_the_sample_needed_decides(sample, budget):
    count, size = sample
    needed = sample_needed(count, size, budget)
    if needed is not None:
        bounds = share_of(round(count / size * needed), needed)
        assert bounds.upper <= budget + 1e-9 or bounds.lower >= budget - 1e-9
