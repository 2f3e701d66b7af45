"""JSON of strangers is one object in which every key stands once, or it is refused with a sentence."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proveout.evidence.document import parsed
from proveout.evidence.malformed import Malformed

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), VALUES))
def test_an_object_is_read_as_it_was_written(content):
    assert parsed(json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")) == content


@given(st.binary())
def test_any_bytes_are_an_object_or_malformed(content):
    try:
        assert isinstance(parsed(content), dict)
    except Malformed as error:
        assert str(error)  # noqa: PT017 - either of both is right


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is not JSON: Expecting value in line 1"),
        (b"\xff", "it is not UTF-8 text (byte 0)"),
        (b'\xef\xbb\xbf{"a": 1}', "it is not JSON: Unexpected UTF-8 BOM"),
        (b"[]", "it is JSON, but no object"),
        (b'"x"', "it is JSON, but no object"),
        (b'{"a": 1, "a": 1}', 'the key "a" stands there twice'),
        (b'{"b": [{"a": 1, "c": 2, "a": 3}]}', 'the key "a" stands there twice'),
        (b'{"a": 1, "\\u0061": 2}', 'the key "a" stands there twice'),
        (b'{"a": NaN}', "NaN is no number of JSON"),
        (b'{"a": -Infinity}', "-Infinity is no number of JSON"),
        (b'{"a": 1e999}', "the number 1e999 is too large"),
        (b'{"a": ' + b"9" * 5000 + b"}", "a number has too many digits"),
        (b'{"a": ' + b"[" * 200_000, "nested too deeply"),
        (b'{"a": 1} {"a": 1}', "Extra data"),
    ],
    ids=lambda value: str(value[:20]),
)
def test_what_is_wrong_is_a_sentence(content, said):
    with pytest.raises(Malformed) as caught:
        parsed(content)
    assert said in str(caught.value)
