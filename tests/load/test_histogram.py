import math

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from proveout.load.histogram import Histogram
from proveout.load.interval import quantile_of

SECONDS = st.lists(st.floats(0, 700), max_size=300)
WIDEST = 1 / 128  # of a value: how wide a bucket is


def histogram(values, failed=0):
    found = Histogram()
    for value in values:
        found.add(value)
    for _ in range(failed):
        found.fail()
    return found


@given(SECONDS, st.integers(0, 20), st.floats(0.01, 1))
def test_a_quantile_is_that_of_the_values_to_two_digits(values, failed, q):
    ordered = sorted([*(min(value, 600) for value in values), *[math.inf] * failed])
    found = histogram(values, failed).quantile(q)
    if not ordered:
        assert math.isnan(found)
    else:
        exact = ordered[math.ceil(q * len(ordered) - 1e-9) - 1]
        if math.isinf(exact):
            assert math.isinf(found)
        else:
            assert exact - 1e-6 <= found <= exact * (1 + WIDEST) + 1e-6


@given(SECONDS, st.integers(0, 20), st.sampled_from([0.5, 0.95, 0.99]))
def test_bounds_hold_those_of_the_values_themselves(values, failed, q):
    exact = quantile_of([*(min(value, 600) for value in values), *[math.inf] * failed], q)
    found = histogram(values, failed).bounds(q)
    assert found.lower <= exact.lower <= found.lower * (1 + WIDEST) + 2e-6 or exact.lower == found.lower
    assert found.upper >= exact.upper - 1e-6
    assert math.isinf(found.upper) == math.isinf(exact.upper)


@given(SECONDS, SECONDS)
def test_merging_is_counting_both(some, others):
    merged = histogram(some, failed=1)
    merged.merge(histogram(others, failed=2))
    assert merged == histogram([*others, *some], failed=3)
    assert merged.count == len(some) + len(others) + 3


@given(SECONDS, st.integers(0, 5))
def test_what_was_written_reads_the_same(values, failed):
    found = histogram(values, failed)
    assert Histogram.decode(found.encode(), failed) == found


@given(SECONDS)
def test_other_tools_for_hdr_histograms_read_the_same_counts(values):
    known = HdrHistogram(1, 600_000_000, 2)
    for value in values:
        known.record_value(min(int(value * 1e6), 600_000_000))
    read = HdrHistogram.decode(histogram(values).encode())
    assert list(read.counts) == list(known.counts)


@given(SECONDS, st.floats(0, 700))
def test_those_above_a_limit_are_counted_to_the_width_of_a_bucket(values, limit):
    found = histogram(values, failed=2).above(limit)
    shown = [min(value, 600) for value in values]
    assert found >= 2 + sum(value > limit + 1e-6 for value in shown)
    assert found <= 2 + sum(value * (1 + WIDEST) + 1e-6 > limit for value in shown)


def test_the_text_stays_small_however_many_were_counted():
    many = histogram([0.001 * (1 + number % 997 / 100) for number in range(20_000)])
    assert many.count == 20_000
    assert len(many.encode()) < 1500


def test_an_empty_text_is_an_empty_histogram():
    assert Histogram.decode("").count == 0
    assert Histogram.decode("", failed=3).quantile(0.5) == math.inf


@pytest.mark.parametrize("text", ["x", "HISTFAAA", "ü", "AAAA" * 20, histogram([1.0]).encode()[:-8]])
def test_what_is_no_histogram_is_refused(text):
    with pytest.raises(ValueError, match="not an HDR histogram"):
        Histogram.decode(text)


def test_a_histogram_of_another_shape_is_refused():
    other = HdrHistogram(1, 1_000_000, 3)
    other.record_value(7)
    with pytest.raises(ValueError, match="of another shape"):
        Histogram.decode(other.encode().decode())
