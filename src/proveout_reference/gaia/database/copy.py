"""Copy: a whole, checked copy of a database, there at once or not at all."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from proveout_reference.gaia.database.file import connect
from proveout_reference.gaia.database.migrations import CURRENT, version_of

_WAIT_SECONDS = 5.0
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"


class CopyError(Exception):
    """The copy could not be made; nothing is left of it."""


def copy_database(source: Path, target: Path) -> dict[str, int]:
    """Copies `source`, which may be in use, over `target`; gives the rows of every table.

    The copy is of one moment, checked, on the disk, and in rollback mode: one file, complete by itself.
    Raises CopyError.
    """
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        rows = _copy(source, temporary)
        if check(temporary) != rows:
            raise CopyError("the copy has other rows than the database")
        sync(temporary)
        temporary.replace(target)
        sync(target.parent)
    except sqlite3.Error as error:
        raise CopyError(str(error)) from None
    except OSError as error:
        raise CopyError(error.strerror or "the disk refused") from None
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            temporary.with_name(temporary.name + suffix).unlink(missing_ok=True)
    return rows


def check(path: Path) -> dict[str, int]:
    """The rows of every table of a sound database of ours. Raises CopyError for any other."""
    try:
        with closing(connect(path, "mode=ro&immutable=1", _WAIT_SECONDS)) as connection:
            verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if verdict != "ok":
                raise CopyError("its pages are damaged")
            if not 0 < version_of(connection) <= CURRENT:
                raise CopyError("it is not a database of this server")
            return _rows(connection)
    except sqlite3.Error as error:
        raise CopyError(str(error)) from None


def sync(path: Path) -> None:
    """Waits until a file or folder is on the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy(source: Path, target: Path) -> dict[str, int]:
    with (
        closing(connect(source, "mode=ro", _WAIT_SECONDS)) as reader,
        closing(sqlite3.connect(target, isolation_level=None)) as writer,
    ):
        reader.execute("BEGIN")  # one moment for the rows and the pages; writers go on beside it
        rows = _rows(reader)
        reader.backup(writer, pages=-1)
        reader.execute("COMMIT")
        writer.execute("PRAGMA journal_mode = DELETE")
    return rows


def _rows(connection: sqlite3.Connection) -> dict[str, int]:
    tables = [name for (name,) in connection.execute(_TABLES)]
    counts = {}
    for table in tables:
        quoted = '"' + table.replace('"', '""') + '"'
        counts[table] = int(connection.execute(f"SELECT count(*) FROM {quoted}").fetchone()[0])  # noqa: S608
    return counts
