"""Monitor: the environment looking after itself on a steady beat, and a record of what it saw."""

import sqlite3
from collections import deque
from typing import Any

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.database.database import Database, UnavailableError
from proveout_reference.gaia.health.health import Health
from proveout_reference.gaia.health.probe import Verdict
from proveout_reference.gaia.log.log import Log
from proveout_reference.gaia.metrics.metrics import Metrics

_MOST_UNWRITTEN = 1000
_MOST_KEPT = 10_000


class Monitor:
    """Checks every `interval` seconds; what cannot be recorded during a failure is recorded after it."""

    def __init__(
        self,
        health: Health,
        database: Database,
        *,
        interval: float,
        clock: Clock,
        log: Log,
        metrics: Metrics,
    ) -> None:
        self.interval = interval
        self._health = health
        self._database = database
        self._clock = clock
        self._log = log
        self._metrics = metrics
        self._unwritten: deque[tuple[str, bool, str, float]] = deque(maxlen=_MOST_UNWRITTEN)
        self._was_healthy = True

    async def run(self) -> None:
        """Checks on the beat, until cancelled."""
        due = self._clock.monotonic()
        while True:
            await self.check()
            due += self.interval
            await self._clock.sleep(max(0.0, due - self._clock.monotonic()))

    async def check(self) -> Verdict:
        """One check: counted, logged and recorded."""
        verdict = await self._health.verdict()
        now = self._clock.now()
        self._metrics.checks.labels("success" if verdict.healthy else "failure").inc()
        self._metrics.last_check.set(now.timestamp())
        self._log.debug(
            "health check",
            healthy=verdict.healthy,
            reason=verdict.reason or "none",
            ms=verdict.milliseconds,
        )
        self._tell_change(verdict)
        self._unwritten.append((self._clock.text(), verdict.healthy, verdict.reason, verdict.milliseconds))
        if verdict.healthy:
            await self._record()
        return verdict

    async def recent(self, most: int) -> list[dict[str, Any]]:
        """The latest checks on record, the newest first. Raises UnavailableError."""
        statement = "SELECT time, healthy, reason, ms FROM health_checks ORDER BY id DESC LIMIT ?"

        def work(connection: sqlite3.Connection) -> list[dict[str, Any]]:
            rows = connection.execute(statement, (most,))
            return [{**dict(row), "healthy": bool(row["healthy"])} for row in rows]

        return await self._database.read(work)

    def _tell_change(self, verdict: Verdict) -> None:
        if self._was_healthy and not verdict.healthy:
            self._log.error("no longer healthy", reason=verdict.reason)
        elif verdict.healthy and not self._was_healthy:
            self._log.warning("healthy again")
        self._was_healthy = verdict.healthy

    async def _record(self) -> None:
        rows = list(self._unwritten)

        def work(connection: sqlite3.Connection) -> None:
            statement = "INSERT INTO health_checks (time, healthy, reason, ms) VALUES (?, ?, ?, ?)"
            connection.executemany(statement, rows)
            newest = "SELECT max(id) FROM health_checks"
            connection.execute(f"DELETE FROM health_checks WHERE id <= ({newest}) - ?", (_MOST_KEPT,))  # noqa: S608

        try:
            await self._database.write(work)
        except UnavailableError as error:
            self._log.debug("health checks not recorded", reason=str(error))
            return
        for _ in rows:
            self._unwritten.popleft()
