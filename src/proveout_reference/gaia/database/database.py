"""Database: the connections the process holds open, and the threads that work on them."""

import asyncio
import fcntl
import os
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import TypeVar

from proveout_reference.gaia.database.file import MAGIC, WAL_MODE, connect

_BUSY_SECONDS = 2.0
_LONGEST_WAIT = 5.0
_MOST_WAITING = 1000

Answer = TypeVar("Answer")
Work = Callable[[sqlite3.Connection], Answer]


class UnavailableError(Exception):
    """The database cannot serve now: locked, full, damaged, or too much is waiting for it."""


class Database:
    """One writer and one reader, each in a thread of its own: readers never wait for a writer."""

    def __init__(self, path: Path) -> None:
        """Opens an existing database. Raises OSError and sqlite3.DatabaseError."""
        self.path = path
        # Held until the end and never opened again: closing any descriptor of the file would drop the locks
        # that SQLite holds on it for the whole process.
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(self._file, fcntl.LOCK_SH)  # says to restore and reset that a server is at work
        try:
            self._writer = _Lane("database-writer", _opened(path))
            self._reader = _Lane("database-reader", _opened(path))
        except BaseException:
            os.close(self._file)
            raise

    async def write(self, work: Work[Answer]) -> Answer:
        """Runs `work` in a transaction of its own. Raises UnavailableError, and what `work` raises."""
        return await asyncio.wrap_future(self._writer.submit(work, "BEGIN IMMEDIATE"))

    async def read(self, work: Work[Answer]) -> Answer:
        """Runs `work` on one moment of the data. Raises UnavailableError, and what `work` raises."""
        return await asyncio.wrap_future(self._reader.submit(work, "BEGIN"))

    def write_now(self, work: Work[Answer]) -> Answer:
        """As `write`, for a thread that may wait."""
        return self._writer.submit(work, "BEGIN IMMEDIATE").result()

    def read_now(self, work: Work[Answer]) -> Answer:
        """As `read`, for a thread that may wait."""
        return self._reader.submit(work, "BEGIN").result()

    def maintain(self, statement: str) -> None:
        """Runs one maintenance statement outside a transaction. Raises UnavailableError."""
        self._writer.submit(lambda connection: connection.execute(statement).fetchall(), "").result()

    def damage(self) -> str:
        """What is wrong with the file at the path, seen from outside of SQLite; empty when all is well."""
        held = os.fstat(self._file)
        try:
            found = self.path.stat()
        except OSError:
            return "the database file is gone"
        if (found.st_dev, found.st_ino) != (held.st_dev, held.st_ino):
            return "the database file was replaced by another"
        if not found.st_mode & 0o222 or not os.access(self.path, os.W_OK):
            return "the database file is read-only"
        head = os.pread(self._file, 20, 0)
        if head[: len(MAGIC)] != MAGIC:
            return "the database file is damaged"
        return "" if head[18:20] == WAL_MODE else "the database file was overwritten by another"

    def size(self) -> int:
        """Bytes of the database and of its log."""
        total = os.fstat(self._file).st_size
        with suppress(OSError):
            total += self.path.with_name(self.path.name + "-wal").stat().st_size
        return total

    def close(self) -> bool:
        """Writes everything into the one file and lets go of it; false when someone's lock prevented that."""
        whole = True
        try:
            self.maintain("PRAGMA wal_checkpoint(TRUNCATE)")
        except UnavailableError:
            whole = False  # the log stays beside the file, and the next start reads it
        self._reader.close()
        self._writer.close()
        os.close(self._file)
        return whole


class _Lane:
    """A connection, the thread that uses it, and the work that waits for it."""

    def __init__(self, name: str, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting = 0
        self._lock = Lock()

    def submit(self, work: Work[Answer], begin: str) -> Future[Answer]:
        with self._lock:
            if self._waiting >= _MOST_WAITING:
                raise UnavailableError("too much is waiting for the database")
            self._waiting += 1
        try:
            future = self._thread.submit(self._run, work, begin, time.monotonic())
        except RuntimeError:
            self._leave(None)
            raise UnavailableError("the database is closed") from None
        future.add_done_callback(self._leave)
        return future

    def close(self) -> None:
        self._thread.shutdown(wait=True)
        self._connection.close()

    def _leave(self, _done: object) -> None:
        with self._lock:
            self._waiting -= 1

    def _run(self, work: Work[Answer], begin: str, submitted: float) -> Answer:
        if time.monotonic() - submitted > _LONGEST_WAIT:
            raise UnavailableError("the database did not get to it in time")
        try:
            if not begin:
                return work(self._connection)
            self._connection.execute(begin)
            return self._in_transaction(work)
        except sqlite3.DatabaseError as error:
            raise UnavailableError(str(error)) from error

    def _in_transaction(self, work: Work[Answer]) -> Answer:
        try:
            answer = work(self._connection)
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return answer


def _opened(path: Path) -> sqlite3.Connection:
    connection = connect(path, "mode=rw", _BUSY_SECONDS)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection
