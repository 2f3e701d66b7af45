"""Opening: what the server does with the database it finds, before it serves."""

import sqlite3
from contextlib import closing
from pathlib import Path

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.database.copy import sync
from proveout_reference.gaia.database.database import Database
from proveout_reference.gaia.database.file import (
    Finding,
    Kind,
    companion,
    connect,
    inspect,
    set_aside,
    set_stale_log_aside,
)
from proveout_reference.gaia.database.migrations import CURRENT, migrate
from proveout_reference.gaia.log.log import Log
from proveout_reference.gaia.settings import Settings

UNUSABLE = 3
OLD_SCHEMA = 4
_WAIT_SECONDS = 5.0


class StartRefusedError(Exception):
    """The server does not start on this database; `code` is its exit code. The data are untouched."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def open_database(settings: Settings, clock: Clock, log: Log) -> Database:
    """The database, created or migrated where the settings allow it. Raises StartRefusedError."""
    path = settings.db_path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stale = set_stale_log_aside(path, clock.now())
        if stale:
            log.warning("a log of another database was moved aside", now=", ".join(stale))
        finding = inspect(path)
        if finding.kind is Kind.BROKEN:
            finding = _replace_broken(settings, clock, log, finding)
        if finding.kind is Kind.ABSENT:
            create(path, clock)
            log.info("database created", file=path.name, schema=CURRENT)
        else:
            _bring_up_to_date(settings, clock, log, finding)
        return Database(path)
    except OSError as error:
        raise _refused(log, UNUSABLE, f"the database cannot be opened: {error.strerror}") from None
    except sqlite3.DatabaseError as error:
        raise _refused(log, UNUSABLE, f"the database cannot be opened: {error}") from None


def create(path: Path, clock: Clock, version: int = CURRENT) -> None:
    """Makes a fresh database at `path`, there at once and whole. Raises OSError, sqlite3.DatabaseError."""
    fresh = companion(path, ".new")
    fresh.unlink(missing_ok=True)
    with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
        migrate(connection, clock, version)
    sync(fresh)
    fresh.replace(path)
    sync(path.parent)


def _replace_broken(settings: Settings, clock: Clock, log: Log, finding: Finding) -> Finding:
    if not settings.db_reset_on_error:
        raise _refused(log, UNUSABLE, f"the database is damaged and is not reset here: {finding.reason}")
    kept = set_aside(settings.db_path, clock.now())
    log.warning("database reset", reason=finding.reason, old_one_kept_as=kept)
    return Finding(Kind.ABSENT)


def _bring_up_to_date(settings: Settings, clock: Clock, log: Log, finding: Finding) -> None:
    if finding.version > CURRENT:
        problem = f"the database has schema {finding.version}, newer than {CURRENT}, the newest known here"
        raise _refused(log, OLD_SCHEMA, problem)
    if finding.version == CURRENT:
        return
    if not settings.db_auto_migrate:
        problem = f"the database has schema {finding.version}, {CURRENT} is needed: run bin/gaia migrate"
        raise _refused(log, OLD_SCHEMA, problem)
    with closing(connect(settings.db_path, "mode=rw", _WAIT_SECONDS)) as connection:
        for step in migrate(connection, clock):
            log.info("database migrated", schema=step.version, step=step.name)


def _refused(log: Log, code: int, message: str) -> StartRefusedError:
    log.error("start refused", reason=message)
    return StartRefusedError(code, message)
