"""Housekeeping: keeps the history in the database within bounds, a little every hour."""

import asyncio
import sqlite3

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.database.database import Database, UnavailableError
from proveout_reference.gaia.log.log import Log

_HOUR = 3600.0
_KEPT = {
    "confirmations": 200_000,
    "improvement_phases": 20_000,
    "improvement_items": 1_000,
    "test_runs": 1_000,
}


class Housekeeping:
    """Removes the oldest rows of histories that have grown too long; what people wrote is never touched."""

    def __init__(self, database: Database, clock: Clock, log: Log) -> None:
        self._database = database
        self._clock = clock
        self._log = log

    async def run(self) -> None:
        """One cycle an hour, until cancelled."""
        while True:
            await self._clock.sleep(_HOUR)
            await asyncio.to_thread(self.cycle)

    def cycle(self) -> int:
        """Removes what is too much and says how many rows that was."""
        try:
            removed = self._database.write_now(_trim)
        except UnavailableError as error:
            self._log.warning("housekeeping put off", reason=str(error))
            return 0
        if removed:
            self._log.info("old rows removed", count=removed)
        return removed


def _trim(connection: sqlite3.Connection) -> int:
    removed = 0
    for table, most in _KEPT.items():
        excess = f"SELECT rowid FROM {table} ORDER BY rowid DESC LIMIT -1 OFFSET ?"  # noqa: S608  our own names
        statement = f"DELETE FROM {table} WHERE rowid IN ({excess})"  # noqa: S608
        removed += connection.execute(statement, (most,)).rowcount
    return removed
