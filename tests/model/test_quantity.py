import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from proveout.model.quantity import Bytes, Seconds, brief, seconds, size

UNITS_OF_TIME = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
UNITS_OF_SIZE = {"B": 1, "kB": 1000, "KiB": 1024, "MB": 10**6, "MiB": 2**20, "GB": 10**9, "GiB": 2**30}


class Both(BaseModel):
    wait: Seconds
    room: Bytes


@given(st.integers(1, 10**6), st.sampled_from(sorted(UNITS_OF_TIME)))
def test_a_duration_is_its_number_times_its_unit(number, unit):
    assert seconds(f"{number}{unit}") == pytest.approx(number * UNITS_OF_TIME[unit])


@given(st.integers(1, 10**6), st.sampled_from(sorted(UNITS_OF_SIZE)))
def test_a_size_is_its_number_times_its_unit(number, unit):
    assert size(f"{number} {unit}") == number * UNITS_OF_SIZE[unit]


@given(st.integers(1, 10**9), st.integers(1, 2**40))
def test_a_quantity_that_was_written_reads_as_the_same(milliseconds, amount):
    both = Both(wait=f"{milliseconds}ms", room=f"{amount}B")
    assert Both.model_validate_json(both.model_dump_json()) == both


@pytest.mark.parametrize("text", ["0.01ms", "0.00001s", "99999999999999999d"])
def test_a_very_short_or_long_duration_reads_as_it_was_written(text):
    both = Both(wait=text, room="1B")
    assert Both.model_validate_json(both.model_dump_json()) == both


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "h",
        "daily",
        "-5s",
        "+5s",
        "5 parsecs",
        "5S",
        "1e3s",
        ".5s",
        "5.s",
        "5s 3s",
        "5s\n",
        5,
        5.0,
        True,
        None,
    ],
)
def test_what_is_no_duration_is_refused_with_examples(text):
    with pytest.raises(
        ValueError, match=r'not a duration\. Write a number and a unit \(ms, s, m, h, d\): "24h"'
    ):
        seconds(text)


@pytest.mark.parametrize("text", ["", "5", "MB", "-5MB", "5mb", "5 M", "0x5MB", "5MBMB", 5, None])
def test_what_is_no_size_is_refused_with_examples(text):
    with pytest.raises(ValueError, match=r'not a size\. Write a number and a unit .*"256MiB"'):
        size(text)


@pytest.mark.parametrize("text", ["0s", "0.0h", "0ms"])
def test_no_time_at_all_is_no_duration(text):
    with pytest.raises(ValueError, match="more than nothing"):
        seconds(text)


@pytest.mark.parametrize("text", ["0MB", "0.1B"])
def test_no_room_at_all_is_no_size(text):
    with pytest.raises(ValueError, match="more than nothing"):
        size(text)


@pytest.mark.parametrize(
    "read", [lambda t: seconds(t + "s"), lambda t: size(t + "B")], ids=["duration", "size"]
)
def test_a_number_beyond_all_numbers_is_refused_as_a_mistake(read):
    with pytest.raises(ValueError, match=r"duration|size"):
        read("9" * 400)


@given(st.text())
def test_any_text_is_a_positive_quantity_or_refused(text):
    for read in (seconds, size):
        try:
            amount = read(text)
        except ValueError:
            continue
        assert amount > 0


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        (0, "0 s"),
        (0.4, "0.4 s"),
        (1, "1 s"),
        (12.3, "12 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7200, "2 h"),
        (111600, "31 h"),
        (172800, "2 d"),
    ],
)
def test_a_duration_is_said_as_a_person_would(duration, said):
    assert brief(duration) == said
