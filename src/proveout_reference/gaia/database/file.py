"""File: what lies at the database's path, found out without changing it."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from urllib.parse import quote

from proveout_reference.gaia.database.migrations import version_of

MAGIC = b"SQLite format 3\x00"
ROLLBACK_MODE = b"\x01\x01"  # bytes 18 and 19 of the file: how it keeps its journal
WAL_MODE = b"\x02\x02"
_INSPECT_SECONDS = 2.0


class Kind(Enum):
    """What a look at the file can find."""

    ABSENT = "absent"
    SOUND = "sound"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """What lies there: of a sound database its schema version, of a broken one the reason."""

    kind: Kind
    version: int = 0
    reason: str = ""


def connect(path: Path, mode: str, timeout: float) -> sqlite3.Connection:
    """A connection without implicit transactions, usable in any one thread at a time."""
    return sqlite3.connect(
        f"file:{quote(str(path))}?{mode}",
        uri=True,
        timeout=timeout,
        isolation_level=None,
        check_same_thread=False,
    )


def companion(path: Path, suffix: str) -> Path:
    """The file that belongs to the database, such as its write-ahead log."""
    return path.with_name(path.name + suffix)


def inspect(path: Path) -> Finding:
    """What lies at `path`. To be asked before the process has it open. Raises OSError."""
    if not path.exists():
        return Finding(Kind.ABSENT)
    if not path.is_file():
        return Finding(Kind.BROKEN, reason="it is not a file")
    with path.open("rb") as file:
        head = file.read(len(MAGIC))
    if not head:
        return Finding(Kind.BROKEN, reason="it is empty")
    if head != MAGIC:
        return Finding(Kind.BROKEN, reason="it is not a database")
    return _look_inside(path)


def set_stale_log_aside(path: Path, moment: datetime) -> list[str]:
    """Moves away a write-ahead log that is not of this database; gives the new names. Raises OSError.

    A log stays behind when the server was killed. When then a backup, which is in rollback mode, is copied
    over the database, or the database is deleted, the old log would be mixed into the new data.
    """
    log = companion(path, "-wal")
    if not log.exists() or (path.exists() and _journal_mode(path) != ROLLBACK_MODE):
        return []
    moved: list[str] = []
    for suffix in ("-wal", "-shm"):
        stale = companion(path, suffix)
        if stale.exists():
            target = companion(path, f"{suffix}.stale-{moment:%Y%m%dT%H%M%S}")
            stale.rename(target)
            moved.append(target.name)
    return moved


def set_aside(path: Path, moment: datetime) -> str:
    """Moves a database and what belongs to it out of the way; gives its new name. Raises OSError."""
    target = companion(path, f".corrupt-{moment:%Y%m%dT%H%M%S}")
    number = 0
    while target.exists():
        number += 1
        target = companion(path, f".corrupt-{moment:%Y%m%dT%H%M%S}.{number}")
    path.rename(target)
    for suffix in ("-wal", "-shm", "-journal"):
        if companion(path, suffix).exists():
            companion(path, suffix).rename(companion(target, suffix))
    return target.name


def _journal_mode(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(20)[18:20]


def _look_inside(path: Path) -> Finding:
    log = companion(path, "-wal")
    has_log = log.exists() and log.stat().st_size
    # An immutable database is read without locks and leaves no trace; one with a log needs them.
    mode = "mode=ro" if has_log else "mode=ro&immutable=1"
    connection = connect(path, mode, _INSPECT_SECONDS)
    try:
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            return Finding(Kind.BROKEN, reason="its pages are damaged")
        return Finding(Kind.SOUND, version_of(connection))
    except sqlite3.DatabaseError as error:
        return Finding(Kind.BROKEN, reason=str(error))
    finally:
        connection.close()
