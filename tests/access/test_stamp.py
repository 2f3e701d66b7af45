"""Lines say when they were written in the forms servers use."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proveout.access.stamp import stamp

MOMENT = datetime(2026, 11, 22, 14, 3, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-22T14:03:07Z INFO ready",
        "2026-11-22 14:03:07,123 INFO ready",
        "2026-11-22T14:03:07.123456Z",
        "[2026-11-22T15:03:07+01:00] ready",
        "2026-11-22 09:33:07 -0430 ready",
        "2026-11-22T23:03:07+09 ready",
        'time=2026-11-22T14:03:07Z level=info msg="deadline 2031-01-01T00:00:00Z"',
        '{"level":"info","time":"2026-11-22t14:03:07z"}',
        "2026-11-22 14:03:07 -1 workers",
    ],
)
def test_a_line_says_when_it_was_written(line):
    assert stamp(line) == MOMENT


@pytest.mark.parametrize(
    "line",
    ["", "ready", "14:03:07 ready", "Nov 22 14:03:07 host x", "2026-13-22T14:03:07Z", "2026-11-22T25:00:00Z"],
)
def test_a_line_may_say_nothing_of_it(line):
    assert stamp(line) is None


def test_a_stamp_far_into_a_line_is_none_of_its_own():
    assert stamp("x" * 600 + "2026-11-22T14:03:07Z") is None


@given(st.text() | st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(Z|[+-]\d\d:?\d\d)?"))
def test_no_line_breaks_it(line):
    found = stamp(line)
    assert found is None or found.tzinfo is UTC
