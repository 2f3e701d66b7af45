"""Points in time as servers write them, and how close two of them have to be."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from proveout.access.answer import Wrong

# RFC 3339, section 5.6, restricted to UTC; "-00:00" means "offset unknown" there and is not UTC.
_UTC = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|\+00:00)")


def utc(text: object) -> datetime:
    """Return the moment written as RFC 3339 in UTC, such as 2026-11-22T14:00:00.5Z.

    Raises:
        Wrong: it is not written so, or there is no such moment.
    """
    __tracebackhide__ = True
    match = _UTC.fullmatch(text) if isinstance(text, str) else None
    if match is None or not isinstance(text, str):
        raise Wrong(f"{repr(text)[:80]} is not an RFC 3339 time in UTC, such as 2026-11-22T14:00:00Z")
    fraction = (match[1] or ".0")[:7]
    try:
        return datetime.fromisoformat(text[:19].upper() + fraction + "+00:00")
    except ValueError as error:
        raise Wrong(f"{repr(text)[:80]} is no moment that exists ({error})") from None


def now() -> datetime:
    """Return this moment in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class within:  # noqa: N801 - reads as a word of the sentence: == within(seconds=30, of=now)
    """Equal to every moment that is at most `seconds` away from `of`."""

    seconds: float
    of: datetime

    def __eq__(self, other: object) -> bool:
        return isinstance(other, datetime) and abs((other - self.of).total_seconds()) <= self.seconds

    def __hash__(self) -> int:
        return hash((self.seconds, self.of))

    def __repr__(self) -> str:
        return f"within {self.seconds:g} s of {self.of:%Y-%m-%d %H:%M:%S} UTC"
