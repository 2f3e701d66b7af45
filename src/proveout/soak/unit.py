"""Figures as a person reads them: 23 ms, 1.9 MiB, 0.03 %."""

import math

_SIZES = (("GiB", 2.0**30), ("MiB", 2.0**20), ("KiB", 2.0**10))
NOTHING = 1e-6  # what arithmetic leaves of a zero


def latency(seconds: float) -> str:
    """Write how long an answer took; infinity is one that never came."""
    if math.isnan(seconds):
        return "nobody asked"
    if math.isinf(seconds):
        return "never"
    if seconds >= 1:
        return f"{seconds:.3g} s"
    return f"{seconds * 1000:.3g} ms"


def size(amount: float) -> str:
    """Write a number of bytes; a loss has its sign."""
    unit, factor = of_size(amount)
    return f"{_short(amount / factor)} {unit}"


def of_size(amount: float) -> tuple[str, float]:
    """Return the unit a number of bytes is written in, and how many bytes it is."""
    return next(((unit, factor) for unit, factor in _SIZES if abs(amount) >= factor), ("B", 1.0))


def share(part: float) -> str:
    """Write a share as per cent, small ones with the digits they need."""
    per_cent = part * 100
    return f"{per_cent:.2g} %" if 0 < abs(per_cent) < 1 else f"{per_cent:.4g} %"


def span(seconds: float) -> str:
    """Write a time to the second, as "23 h 59 min" or "4 min 30 s"."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{rest} s"


def figure(value: float, unit: str) -> str:
    """Write a figure of a budget in its unit: s, B, share, or a plain number."""
    if math.isnan(value):
        return "unknown"
    write = {"s": latency, "B": size, "share": share}.get(unit, _short)
    return write(value) if math.isfinite(value) or unit == "s" else "unbounded"


def _short(value: float) -> str:
    if abs(value) < NOTHING:
        return "0"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
