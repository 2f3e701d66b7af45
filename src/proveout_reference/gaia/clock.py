"""Clock: the one source of time, from which every schedule and every name takes it."""

import asyncio
import time
from datetime import UTC, datetime


class Clock:
    """The machine's time. Another clock can stand in for it to move schedules without waiting."""

    def now(self) -> datetime:
        """This moment, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go backwards, for measuring."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Waits that long."""
        await asyncio.sleep(seconds)

    def text(self) -> str:
        """This moment as an RFC 3339 text in UTC, to the millisecond."""
        return text_of(self.now())


def text_of(moment: datetime) -> str:
    """The moment as an RFC 3339 text in UTC, to the millisecond; texts sort as their moments do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment_of(text: str) -> datetime:
    """The moment of such a text. Raises ValueError for any other."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
