"""Durations and sizes as definitions write them: "24h", "30m", "500ms", "256MiB"."""

import math
import re
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"B": 1, "kB": 10**3, "KiB": 2**10, "MB": 10**6, "MiB": 2**20, "GB": 10**9, "GiB": 2**30}


def _amount(value: object, units: dict[str, float] | dict[str, int], what: str, examples: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)", value) if isinstance(value, str) else None
    if match is None or match[2] not in units:
        raise ValueError(f"not a {what}. Write a number and a unit ({', '.join(units)}): {examples}")
    amount = float(match[1]) * units[match[2]]
    if not math.isfinite(amount):
        raise ValueError(f"too large a {what}")
    return amount


def seconds(value: object) -> float:
    """Read a duration such as "24h", "30m", "7d", "500ms" as seconds.

    Raises:
        ValueError: it is not a positive number followed by a known unit.
    """
    amount = _amount(value, _SECONDS, "duration", '"24h", "30m", "7d"')
    if amount <= 0:
        raise ValueError("a duration must be more than nothing")
    return amount


def size(value: object) -> int:
    """Read a size such as "256MiB" or "10MB" as bytes.

    Raises:
        ValueError: it is not a positive number followed by a known unit.
    """
    amount = round(_amount(value, _BYTES, "size", '"256MiB", "10MB"'))
    if amount <= 0:
        raise ValueError("a size must be more than nothing")
    return amount


def brief(duration: float) -> str:
    """Write seconds as a person would say them: 0.4 s, 12 s, 31 h."""
    for unit, length in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if duration >= 2 * length:
            return f"{duration / length:.0f} {unit}"
    return f"{duration:.0f} s" if duration >= 10 or duration == int(duration) else f"{duration:.1f} s"


Seconds = Annotated[
    float, BeforeValidator(seconds), PlainSerializer(lambda value: f"{Decimal(repr(value)):f}s")
]
Bytes = Annotated[int, BeforeValidator(size), PlainSerializer(lambda value: f"{value}B")]
