"""A soak hour by hour."""

from dataclasses import replace

import pytest

from machinery import ledgers
from proveout.load.line import Finding
from proveout.load.reading import read
from proveout.soak.hours import hours

HOUR = 3600.0


@pytest.fixture
def three_hours(tmp_path):
    """Two hours and a half, the generator away for half an hour within the second."""
    late = Finding(at=ledgers.BEGAN + 1.75 * HOUR, kind="burning", text="errors burn the budget")
    day = replace(
        ledgers.HEALTHY,
        until=2.5 * HOUR,
        stops=((1.5 * HOUR, 0.5 * HOUR, True),),
        restarts=(600.0,),
        findings=(late,),
    )
    return read(ledgers.write(tmp_path / "day", day))


def test_hours_are_of_profile_time_and_told_by_the_clock(three_hours):
    found = hours(three_hours)
    assert [hour.title for hour in found] == [
        "hour 1, 06:00-07:00 UTC",
        "hour 2, 07:00-08:30 UTC",
        "hour 3, 08:30-09:00 UTC",
    ]
    assert [hour.seconds for hour in found] == [HOUR, HOUR, HOUR / 2]


def test_hours_together_are_the_whole(three_hours):
    found = hours(three_hours)
    assert sum(hour.requests for hour in found) == sum(slot.requests for slot in three_hours.slots)
    for name, total in three_hours.totals.items():
        assert sum(hour.names[name].count for hour in found) == total.count


def test_each_finding_is_in_one_hour_also_if_nobody_measured_then(three_hours):
    assert [[finding.kind for finding in hour.findings] for hour in hours(three_hours)] == [
        ["restarted"],
        ["burning"],
        [],
    ]


def test_the_text_of_an_hour_says_what_was_asked_and_what_happened(three_hours):
    first, _, last = hours(three_hours)
    assert f"{first.requests:,} requests, 0 failed" in first.text
    assert "GET /health p99 " in first.text
    assert "RSS up to " in first.text
    assert first.text.endswith("restarted: the target was restarted: process 4711, now 4712")
    assert "30 min measured" in last.text


def test_nothing_measured_has_no_hours(tmp_path):
    assert hours(read(ledgers.write(tmp_path / "day", replace(ledgers.REHEARSAL, until=0.001)))) != []
    empty = ledgers.write(tmp_path / "empty", ledgers.REHEARSAL)
    for path in (empty / "windows").glob("*.jsonl"):
        path.unlink()
    assert hours(read(empty)) == []
