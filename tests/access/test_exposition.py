import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from proveout.access.exposition import Reader


def samples(text):
    reader = Reader()
    reader.read(text)
    return [(sample.name, dict(sample.labels), sample.value) for sample in reader.samples]


@settings(deadline=None)  # the client library takes its time
@given(
    st.lists(
        st.tuples(st.text(max_size=8), st.floats(), st.from_regex(r"[a-z_]{1,3}", fullmatch=True)),
        max_size=5,
        unique_by=lambda sample: (sample[0], sample[2]),
    )
)
def test_whatever_the_client_library_writes_is_read(written):
    registry = CollectorRegistry()
    gauges = {}
    for text, value, name in written:
        if name not in gauges:
            gauges[name] = Gauge(name, text, ["label"], registry=registry)
        gauges[name].labels(text).set(value)
    found = {
        (name, labels["label"]): value for name, labels, value in samples(generate_latest(registry).decode())
    }
    assert set(found) == {(name, text) for text, _, name in written}
    for text, value, name in written:
        assert found[name, text] == pytest.approx(value, nan_ok=True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a\n", "line 1: no sample"),
        ("a b\n", "line 1: no sample"),
        ("a 1\nb\n", "line 2: no sample"),
        ("a 1", "the last line does not end with a line feed"),
        ("a 1\nb 12", "the last line does not end with a line feed"),
        ("a 1\r\n", "line 1: no sample"),
        ("a 1 2 3\n", "line 1: no sample"),
        ('a 1 # {trace="x"} 1\n', "line 1: no sample"),
        ("a 1_000\n", "line 1: no sample"),
        ("a \u0661\n", "line 1: no sample"),
        ("é 1\n", "line 1: no sample"),
        ("a-b 1\n", "line 1: no sample"),
        ("{} 1\n", "line 1: a sample without a name"),
        ('a{x="1"\n', "line 1: no sample"),
        ('a{x="1} 1\n', "line 1: no sample"),
        ('a{x="\\q"} 1\n', "line 1: no sample"),
        ("a{x=1} 1\n", "line 1: no label"),
        ('a{x:y="1"} 1\n', "line 1: no label"),
        ('a{x="1" y="2"} 1\n', "line 1: no label"),
        ('a{x="1",,} 1\n', "line 1: no label"),
        ('a{x="1",x="2"} 1\n', "line 1: the label x twice"),
        ('a{"b"} 1\n', "line 1: a label without a value"),
        ("a 1\na 1\n", "line 2: a second sample of a with the same labels"),
        ('a{x="1",y="2"} 1\na{y="2",x="1"} 2\n', "line 2: a second sample of a with the same labels"),
        ('a 1\nb 1\na{x="1"} 1\n', "line 3: the samples of a do not stand together"),
        ("# TYPE a histogram\na_sum 1\nb 1\na_count 1\n", "line 4: the samples of a do not stand together"),
        ("# TYPE a gauge\n# TYPE a gauge\na 1\n", "line 2: a second TYPE of a"),
        ("# HELP a x\n# HELP a y\na 1\n", "line 2: a second HELP of a"),
        ("a 1\n# TYPE a gauge\n", "line 2: the TYPE of a comes after its first sample"),
        ("# TYPE a number\na 1\n", "line 1: the TYPE of a is none"),
        ("# TYPE a\na 1\n", "line 1: the TYPE of a is none"),
        ("# HELP\na 1\n", "line 1: neither a name nor a text follows"),
    ],
)
def test_what_the_format_does_not_allow_is_said_so(text, why):
    with pytest.raises(ValueError, match=f"^{why}$"):
        samples(text)


def test_names_of_any_characters_stand_in_quotes():
    assert samples('{"a \\"metric\\"",x="1"} 1\n') == [('a "metric"', {"x": "1"}, 1)]
    assert samples('# TYPE "a.b" gauge\n{"a.b","c.d"="1"} 1\n') == [("a.b", {"c.d": "1"}, 1)]


@settings(deadline=None)
@given(st.text())
def test_no_text_is_more_than_a_page_or_none(text):
    try:
        samples(text)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - what is no page is said so


WORDS = st.sampled_from(
    ["# TYPE a gauge", "a", "{", "}", '"', "\\", "=", ",", " ", "\t", "\n", "1", "NaN", "x", "#"]
)


@settings(deadline=None)
@given(st.lists(WORDS, max_size=30))
def test_no_text_that_resembles_a_page_is_more_than_one_or_none(words):
    try:
        found = samples("".join(words))
    except ValueError:
        return
    assert all(name and isinstance(value, float) for name, _, value in found)
