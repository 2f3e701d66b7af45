"""The time stamps of log lines: the forms of ISO 8601 in which servers write them."""

import re
from datetime import UTC, datetime

_STAMP = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,]\d+)? ?(Z|[+-]\d\d(?::?\d\d)?(?![\d:-]))?", re.IGNORECASE
)
_WITHIN = 512  # characters of a line in which its stamp stands


def stamp(line: str) -> datetime | None:
    """Return when a line says it was written, None if it does not; without a zone UTC is assumed."""
    match = _STAMP.search(line[:_WITHIN])
    if match is None:
        return None
    zone = (match[3] or "Z").upper().replace("Z", "+00:00")
    try:
        return datetime.fromisoformat(f"{match[1]}T{match[2]}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
