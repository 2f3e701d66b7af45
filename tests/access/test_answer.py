import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proveout.access.answer import Answer, Wrong, excerpt

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def answered(body, status=200, **headers):
    return Answer("GET /x", status, httpx.Headers(headers), body, 0.1)


@given(values)
def test_json_is_read_as_it_was_sent(value):
    assert answered(json.dumps(value).encode()).json() == value


@given(st.binary())
def test_any_body_is_json_or_wrong(body):
    answer = answered(body)
    said = f"{answer}; expected JSON ("
    try:
        answer.json()
    except Wrong as error:
        said = str(error)
    assert said.startswith(f"{answer}; expected JSON (")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"NaN",
        b'{"a": Infinity}',
        b"[-Infinity]",
        b"{",
        b"{'a': 1}",
        b"<!doctype html>",
        b"\xff\xfe",
        b'{"a": "\xff"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 10_000,
    ],
    ids=[
        "empty",
        "nan",
        "infinity",
        "minus",
        "open",
        "quotes",
        "page",
        "bytes",
        "latin",
        "deep",
        "deep object",
        "long number",
    ],
)
def test_what_is_no_json_is_said_shortly(body):
    with pytest.raises(Wrong, match=r"expected JSON \(") as caught:
        answered(body).json()
    assert len(str(caught.value)) < 600
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"null", b"5"])
def test_json_that_is_no_object_is_wrong_where_one_is_expected(body):
    with pytest.raises(Wrong, match="expected a JSON object"):
        answered(body).object()
    assert answered(b'{"a": 1}').object() == {"a": 1}


@pytest.mark.parametrize("status", [100, 201, 204, 301, 404, 500, 999])
def test_only_200_is_ok(status):
    assert answered(b"").ok().status == 200
    with pytest.raises(Wrong, match=rf"^GET /x answered {status} \(text/html\): 'no'; expected 200$"):
        answered(b"no", status, **{"content-type": "text/html"}).ok()


def test_text_that_is_no_utf_8_is_replaced():
    assert answered(b"gr\xfc\xdfe").text == "gr\ufffd\ufffde"


@given(st.binary(max_size=2000))
def test_an_excerpt_is_short_and_safe_to_print(body):
    text = excerpt(body)
    assert text.isprintable()
    assert len(text) < 120 * 8
    text.encode("utf-8")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "an empty body"),
        (b"healthy", "'healthy'"),
        (b"a\r\nb\tc", "'a  b c'"),
        ("grüße".encode(), "'grüße'"),
        (b"x" * 120, f"'{'x' * 120}'"),
        (b"x" * 121, f"'{'x' * 120}' ..."),
    ],
)
def test_an_excerpt_is_the_beginning_of_a_body(body, text):
    assert excerpt(body) == text


@pytest.mark.parametrize(
    "body", [b"\x1b[2Jcleared", b"\x00", b"\x07", "\u202egnp".encode(), "a\u2028b".encode(), b"\x9b2J"]
)
def test_control_characters_are_shown_not_sent(body):
    text = excerpt(body)
    assert text.isprintable()
    assert "\\x" in text or "\ufffd" in text
