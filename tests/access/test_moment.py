from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proveout.access.answer import Wrong
from proveout.access.moment import now, utc, within

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
moments = st.datetimes(min_value=datetime(1, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis wants it naive


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T12:00:00Z", NOON),
        ("2026-11-22t12:00:00z", NOON),
        ("2026-11-22T12:00:00+00:00", NOON),
        ("2026-11-22T12:00:00.5Z", NOON + timedelta(milliseconds=500)),
        ("2026-11-22T12:00:00.123456789Z", NOON + timedelta(microseconds=123456)),
        ("2026-11-22T12:00:00.000000Z", NOON),
        ("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_time_of_rfc_3339_in_utc_is_read(text, moment):
    assert utc(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22 12:00:00Z",
        "2026-11-22T12:00:00",
        "2026-11-22T12:00:00+01:00",
        "2026-11-22T12:00:00-00:00",
        "2026-11-22T12:00:00+0000",
        "2026-11-22T12:00Z",
        "20261122T120000Z",
        "2026-11-22",
        "2026-11-22T12:00:00,5Z",
        "2026-11-22T12:00:00.Z",
        " 2026-11-22T12:00:00Z",
        "2026-11-22T12:00:00Z\n",
        "26-11-22T12:00:00Z",
        "now",
        "",
        "Sun, 22 Nov 2026 12:00:00 GMT",
        "1795348800",
        "2026-W47-7T12:00:00Z",
        "+2026-11-22T12:00:00Z",
        1795348800,
        5.0,
        None,
        True,
        [],
        {},
    ],
)
def test_what_is_no_time_of_rfc_3339_in_utc_is_refused(text):
    with pytest.raises(Wrong, match="is not an RFC 3339 time in UTC, such as 2026-11-22T14:00:00Z"):
        utc(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-00-01T12:00:00Z",
        "2026-11-22T25:00:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T12:60:00Z",
        "2026-11-22T12:00:61Z",
        "0000-01-01T00:00:00Z",
    ],
)
def test_a_moment_that_does_not_exist_is_refused(text):
    with pytest.raises(Wrong, match="is no moment that exists"):
        utc(text)


@pytest.mark.parametrize(
    "text",
    [
        "\uff12\uff10\uff12\uff16-11-22T12:00:00Z",
        "2026-11-22T12:00:00.\u0665Z",
        "2026-11-22T\u0967\u0968:00:00Z",
    ],
)
def test_digits_of_other_scripts_are_none(text):
    with pytest.raises(Wrong):
        utc(text)


@given(moments, st.sampled_from(["Z", "z", "+00:00"]), st.sampled_from("Tt"))
def test_every_moment_reads_as_it_was_written(moment, zone, letter):
    text = moment.replace(tzinfo=None).isoformat(sep=letter) + zone
    assert utc(text) == moment


@given(st.text() | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?", fullmatch=True))
def test_any_text_is_a_moment_in_utc_or_wrong(text):
    try:
        read = utc(text)
    except Wrong:
        return
    assert read.utcoffset() == timedelta(0)


def test_a_hostile_time_is_said_shortly():
    with pytest.raises(Wrong) as caught:
        utc("2026-11-22T12:00:00." + "9" * 100_000)
    assert len(str(caught.value)) < 500


@given(moments, st.floats(0, 1e6), st.floats(-2e6, 2e6))
def test_a_moment_is_within_seconds_of_another_both_ways(moment, seconds, distance):
    try:
        other = moment + timedelta(seconds=distance)
    except OverflowError:
        return
    close = abs((other - moment).total_seconds()) <= seconds
    assert (other == within(seconds=seconds, of=moment)) is close
    assert (moment == within(seconds=seconds, of=other)) is close


def test_what_is_no_moment_is_within_nothing():
    assert within(seconds=30, of=NOON) != "2026-11-22T12:00:00Z"
    assert within(seconds=30, of=NOON) != None  # noqa: E711 - the comparison itself
    assert repr(within(seconds=30, of=NOON)) == "within 30 s of 2026-11-22 12:00:00 UTC"


def test_the_zone_of_a_moment_does_not_matter():
    elsewhere = NOON.astimezone(timezone(timedelta(hours=9)))
    assert elsewhere == within(seconds=0, of=NOON)
    assert now().tzinfo is UTC
