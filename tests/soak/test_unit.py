"""Figures of a soak as a person reads them."""

import math

import pytest

from proveout.soak import unit


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0004, "0.4 ms"), (0.0231, "23.1 ms"), (0.9994, "999 ms"), (1, "1 s"), (12.34, "12.3 s")],
)
def test_a_latency_has_three_digits(seconds, text):
    assert unit.latency(seconds) == text


def test_a_latency_that_failed_requests_reach_never_came():
    assert unit.latency(math.inf) == "never"
    assert unit.latency(math.nan) == "nobody asked"


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0 B"), (812, "812 B"), (1024, "1 KiB"), (1.9 * 2**20, "1.9 MiB"), (-3 * 2**30, "-3 GiB")],
)
def test_a_size_has_a_binary_unit(amount, text):
    assert unit.size(amount) == text


@pytest.mark.parametrize(
    ("part", "text"),
    [(0.0, "0 %"), (0.00034, "0.034 %"), (0.001, "0.1 %"), (0.3756, "37.56 %"), (1, "100 %")],
)
def test_a_small_share_keeps_the_digits_it_needs(part, text):
    assert unit.share(part) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59.6, "1 min"),
        (90, "1 min 30 s"),
        (3600, "1 h"),
        (86399, "23 h 59 min"),
        (5400, "1 h 30 min"),
    ],
)
def test_a_span_is_to_the_second_and_to_the_minute_from_an_hour_on(seconds, text):
    assert unit.span(seconds) == text


@pytest.mark.parametrize(
    ("value", "written", "text"),
    [
        (0.25, "s", "250 ms"),
        (math.inf, "s", "never"),
        (2**20, "B", "1 MiB"),
        (math.inf, "B", "unbounded"),
        (0.001, "share", "0.1 %"),
        (-8e-16, "", "0"),
        (12345, "", "12,345"),
        (math.nan, "", "unknown"),
    ],
)
def test_a_figure_is_in_the_unit_of_its_budget(value, written, text):
    assert unit.figure(value, written) == text
