"""Times as records have them: RFC 3339 in UTC with whole seconds, so that two compare as texts."""

from datetime import UTC, datetime

SHAPE = "%Y-%m-%dT%H:%M:%SZ"


def written(when: datetime, later: float = 0.0) -> str:
    """Return a time as text; `later` in seconds."""
    return datetime.fromtimestamp(when.timestamp() + later, UTC).strftime(SHAPE)


def moment(text: str) -> datetime:
    """Return the time that a text is.

    Raises:
        ValueError: it is written otherwise.
    """
    return datetime.strptime(text, SHAPE).replace(tzinfo=UTC)
