"""Reads JSON that somebody else wrote: one object, UTF-8, every key once, no numbers that are none."""

import json
from typing import Any

from proveout.evidence.malformed import Malformed


def parsed(content: bytes) -> dict[str, Any]:
    """Return the JSON object of the bytes.

    Two readers may understand an object with a key twice differently, so it is refused.

    Raises:
        Malformed: the bytes are not such an object; the sentence says why.
    """
    try:
        found = json.loads(
            content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number, parse_float=_float
        )
    except UnicodeDecodeError as error:
        raise Malformed(f"it is not UTF-8 text (byte {error.start})") from None
    except json.JSONDecodeError as error:
        raise Malformed(f"it is not JSON: {error.msg} in line {error.lineno}") from None
    except RecursionError:
        raise Malformed("it is not JSON: nested too deeply") from None
    except ValueError:  # a whole number of more digits than Python takes
        raise Malformed("it is not JSON: a number has too many digits") from None
    if not isinstance(found, dict):
        raise Malformed("it is JSON, but no object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Malformed(f"the key {json.dumps(twice)} stands there twice")
    return found


def _no_number(word: str) -> float:
    raise Malformed(f"{word} is no number of JSON")


def _float(digits: str) -> float:
    found = float(digits)
    if found in {float("inf"), float("-inf")}:
        raise Malformed(f"the number {digits[:40]} is too large")
    return found
