"""Every small change of a JSON document: each value, key and place of it, one at a time."""

import copy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

SHAPE = "%Y-%m-%dT%H:%M:%SZ"
WRONG: tuple[Any, ...] = (None, True, False, 0, 1, -1, 1.0, "", "x", [], {}, [""], {"": ""})


def mutations(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what was changed and the changed document, for every part of it."""
    for path, value in _parts(document, ()):
        name = ".".join(map(str, path))
        for number, other in enumerate(_others(value)):
            if other != value or type(other) is not type(value):
                yield f"{name} another {number}", _with(document, path, other)
        if path:
            yield f"{name} left out", _without(document, path)
        if isinstance(value, dict):
            yield f"{name} more", _with(document, path, {**value, "more": 1})
            for key in value:
                renamed = {(f"{k}s" if k == key else k): v for k, v in value.items()}
                yield f"{name}.{key} misspelt", _with(document, path, renamed)
        if isinstance(value, list) and value:
            yield f"{name} twice", _with(document, path, value * 2)


def _parts(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    yield path, value
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield from _parts(each, (*path, key))


def _others(value: Any) -> Iterator[Any]:
    yield from WRONG
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1, str(value), float(value), 10**30)
    elif isinstance(value, str):
        yield from (f"{value}x", value[1:], value.upper(), f" {value}", f"{value}\n", f"{value}\u200b")
        yield from _moved(value)


def _moved(value: str) -> Iterator[str]:
    try:
        time = datetime.strptime(value, SHAPE).replace(tzinfo=UTC)
    except ValueError:
        return
    for span in (-3650, -30, -1, 1, 30, 3650):
        yield (time + timedelta(days=span)).strftime(SHAPE)
    yield (time + timedelta(seconds=1)).strftime(SHAPE)
    yield value.replace("Z", "+00:00")


def _with(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(document)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


def _without(document: dict[str, Any], path: tuple[Any, ...]) -> Any:
    changed = copy.deepcopy(document)
    place: Any = changed
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return changed
