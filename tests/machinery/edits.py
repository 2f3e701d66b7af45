"""Edits of texts and of JSON, at few places that are as different as can be, always the same ones."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

TIME = re.compile(rb"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
SHAPE = "%Y-%m-%dT%H:%M:%SZ"
SORTS = {
    "digit": rb"[0-9]",
    "letter": rb"[A-Za-z]",
    "white space": rb"[ \t]",
    "end of a line": rb"\n",
    "other": rb"[^0-9A-Za-z\s]",
}
ANY = {"byte": rb"[\s\S]"}  # of a text that is as random as a key, where no sort need be there


def spread(items: list[Any], most: int) -> list[Any]:
    """Return at most so many of the items, evenly spread, the first and the last among them."""
    if len(items) <= most:
        return items
    if most == 1:
        return [items[len(items) // 2]]
    return [items[round(i * (len(items) - 1) / (most - 1))] for i in range(most)]


def cuts(content: bytes, most: int) -> Iterator[tuple[str, bytes]]:
    """Yield the beginnings of a content, of several lengths, and its end."""
    length = len(content)
    places = {
        "the last byte": length - 1,
        "nothing": 0,
        "half": length // 2,
        "all but one byte": 1,
        "a quarter": length // 4,
        "three quarters": 3 * length // 4,
    }
    for name, place in list(places.items())[:most]:
        yield f"cut, {name} is gone" if "byte" in name else f"cut to {name}", content[:place]
    yield "without its beginning", content[length // 3 :]


def byte_edits(content: bytes, each: int, sorts: dict[str, bytes] = SORTS) -> Iterator[tuple[str, bytes]]:
    """Yield one byte changed, left out, or put in, at places of every sort, and what is no text."""
    turn = 0
    for sort, pattern in sorts.items():
        places = spread([match.start() for match in re.finditer(pattern, content)], each)
        for number, place in enumerate(places, start=1):
            before, byte, after = content[:place], content[place], content[place + 1 :]
            what, edited = (
                ("another", before + bytes([_another(byte)]) + after),
                ("left out", before + after),
                ("twice", before + bytes([byte]) * 2 + after),
            )[turn % 3]
            turn += 1 + (each % 3 == 0)
            yield f"{sort} {number}: {what}", edited
    half = len(content) // 2
    yield "a byte more at the end", content + b"\n"
    yield "a byte more at the beginning", b" " + content
    yield "a byte that is of no text", content[:half] + b"\xff" + content[half + 1 :]


def _another(byte: int) -> int:
    """Return another byte of the same sort."""
    if chr(byte).isdigit():
        return ord("0") + (byte - ord("0") + 1) % 10
    if byte < 128 and chr(byte).isalpha():
        return byte ^ 0x20
    return {ord(" "): ord("\t"), ord("\n"): ord(" ")}.get(byte, byte ^ 1)


def line_edits(content: bytes, most: int) -> Iterator[tuple[str, bytes]]:
    """Yield a text with a line left out, twice, commented out, blank, or two that changed places."""
    lines = content.splitlines(keepends=True)
    for number in spread(list(range(len(lines))), most):
        before, line, after = b"".join(lines[:number]), lines[number], b"".join(lines[number + 1 :])
        yield f"line {number + 1} left out", before + after
        yield f"line {number + 1} twice", before + line + line + after
        yield f"line {number + 1} commented out", before + b"# " + line + after
        yield f"a blank line before line {number + 1}", before + b"\n" + line + after
    for one, other in spread([(i, j) for i, j in pairwise(range(len(lines))) if lines[i] != lines[j]], most):
        swapped = [*lines]
        swapped[one], swapped[other] = lines[other], lines[one]
        yield f"lines {one + 1} and {other + 1} changed places", b"".join(swapped)


def wholes(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a text as a whole in other forms."""
    yield "twice", content + content
    yield "its lines end as in another system", content.replace(b"\n", b"\r\n")
    yield "begins with a mark of its encoding", b"\xef\xbb\xbf" + content
    yield "binary", bytes(range(256))


def later(content: bytes, span: timedelta, which: int | None = None) -> bytes:
    """Return a content in which all times, or the one of that number among the different ones, are moved."""
    chosen = sorted(set(TIME.findall(content)))
    chosen = chosen if which is None else chosen[which : which + 1]

    def moved(match: re.Match[bytes]) -> bytes:
        if match[0] not in chosen:
            return match[0]
        time = datetime.strptime(match[0].decode(), SHAPE).replace(tzinfo=UTC)
        return (time + span).strftime(SHAPE).encode()

    return TIME.sub(moved, content)


def times_of(content: bytes) -> int:
    """Return how many different times stand in a content."""
    return len(set(TIME.findall(content)))


def field_edits(content: bytes, most: int) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield a JSON content without one of its keys, and with another value in its place."""
    shapes: dict[str, tuple[Any, ...]] = {}
    for path in _paths(json.loads(content)):
        shapes.setdefault(".".join("*" if isinstance(step, int) else step for step in path), path)
    for path in spread(list(shapes.values()), most):
        name = ".".join(map(str, path))
        yield f"without {name}", lambda path=path: _edited(content, path, drop=True)
        yield f"another {name}", lambda path=path: _edited(content, path, drop=False)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from _paths(inner, (*path, key))


def _edited(content: bytes, path: tuple[Any, ...], *, drop: bool) -> bytes:
    whole = json.loads(content)
    part = whole
    for step in path[:-1]:
        part = part[step]
    if drop:
        del part[path[-1]]
    else:
        part[path[-1]] = _other(part[path[-1]])
    return json.dumps(whole, indent=2).encode()


def _other(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return value[::-1] if re.fullmatch("[0-9a-f]{7,}", value) else f"{value}x"
        case None:
            return "something"
        case list():
            return [*value, *value] or ["something"]
        case _:
            return {**value, "something": "something"}


def payload_of(body: bytes) -> bytes:
    """Return what a body says, whether it is an envelope or not."""
    content = json.loads(body)
    return base64.b64decode(content["payload"]) if "payload" in content else body


def with_payload(body: bytes, payload: bytes) -> bytes:
    """Return a body that says something else; an envelope keeps its signatures."""
    content = json.loads(body)
    if "payload" not in content:
        return payload
    content["payload"] = base64.b64encode(payload).decode()
    return json.dumps(content, indent=2).encode() + b"\n"
