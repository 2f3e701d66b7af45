"""Probe: asks the database, in earnest and within a second or so, whether it can be read and written."""

import os
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass

from proveout_reference.gaia.database.database import Database
from proveout_reference.gaia.database.file import connect

_LOCK_SECONDS = 1.0
_CHECK_SECONDS = 0.3
_LEAST_FREE_BYTES = 1024 * 1024
_STEPS_BETWEEN_LOOKS = 10_000
_REASONS = {
    sqlite3.SQLITE_BUSY: "the database is locked",
    sqlite3.SQLITE_LOCKED: "the database is locked",
    sqlite3.SQLITE_READONLY: "the database is read-only",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_CORRUPT: "the database is damaged",
    sqlite3.SQLITE_NOTADB: "the database is damaged",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened",
    sqlite3.SQLITE_IOERR: "the disk does not answer as it should",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a probe found; `reason` is empty when all is well."""

    reason: str
    milliseconds: float

    @property
    def healthy(self) -> bool:
        """Whether the database can do its work."""
        return not self.reason


class Probe:
    """Looks at the database with a connection of its own, as a newcomer would see it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._checked: tuple[int, int] | None = None

    def look(self) -> Verdict:
        """The verdict of this moment."""
        started = time.monotonic()
        try:
            reason = self._database.damage() or self._fullness() or self._work()
        except sqlite3.Error as error:
            reason = _REASONS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "the database does not work")
        except OSError:
            reason = "the database cannot be reached"
        return Verdict(reason, round((time.monotonic() - started) * 1000, 2))

    def _fullness(self) -> str:
        disk = os.statvfs(self._database.path.parent)
        return "the disk is full" if disk.f_bavail * disk.f_frsize < _LEAST_FREE_BYTES else ""

    def _work(self) -> str:
        with closing(connect(self._database.path, "mode=rw", _LOCK_SECONDS)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            beaten = connection.execute("UPDATE heartbeat SET beats = beats + 1 WHERE id = 1").rowcount
            connection.execute("COMMIT")
            if beaten != 1:
                return "the database has lost its content"
            return self._pages(connection)

    def _pages(self, connection: sqlite3.Connection) -> str:
        """Checks every page once after each change of the file, for as long as there is time."""
        status = self._database.path.stat()
        seen = (status.st_mtime_ns, status.st_size)
        if seen == self._checked:
            return ""
        deadline = time.monotonic() + _CHECK_SECONDS
        connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS)
        try:
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            verdict = "ok"  # too large to be checked in time: what was seen of it is well
        if verdict != "ok":
            return "the database is damaged"
        self._checked = seen
        return ""
