"""Commands: migrate, backup, restore and reset, each one sentence on the standard output when done."""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.database.backups import Backups
from proveout_reference.gaia.database.copy import CopyError, check, copy_database, sync
from proveout_reference.gaia.database.database import Database
from proveout_reference.gaia.database.file import Kind, companion, connect, inspect, set_stale_log_aside
from proveout_reference.gaia.database.migrations import CURRENT, migrate
from proveout_reference.gaia.database.opening import create
from proveout_reference.gaia.log.opening import open_log
from proveout_reference.gaia.settings import Settings

FAILED = 1
MISUSED = 2
UNUSABLE = 3
REFUSED = 5
_WAIT_SECONDS = 5.0
_COMPANIONS = ("-wal", "-shm", "-journal")


class CommandError(Exception):
    """The command did not do its work and changed nothing; `code` is the exit code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


Command = Callable[[Settings, Clock, list[str]], str]


def run_command(name: str, arguments: list[str], settings: Settings, clock: Clock) -> str:
    """Runs one command and says what it did. Raises CommandError."""
    command = COMMANDS.get(name)
    if command is None:
        raise CommandError(MISUSED, f"unknown command {name!r}: use serve, {', '.join(COMMANDS)}")
    try:
        return command(settings, clock, arguments)
    except (CopyError, sqlite3.DatabaseError) as error:
        raise CommandError(FAILED, f"{name} failed: {error}") from None
    except OSError as error:
        raise CommandError(FAILED, f"{name} failed: {error.strerror}") from None


def _migrate(settings: Settings, clock: Clock, arguments: list[str]) -> str:
    target = _target(arguments)
    path = settings.db_path
    finding = inspect(path)
    if finding.kind is Kind.BROKEN:
        raise CommandError(UNUSABLE, f"the database is damaged: {finding.reason}")
    if finding.kind is Kind.ABSENT:
        path.parent.mkdir(parents=True, exist_ok=True)
        create(path, clock, target)
        return f"created with schema {target}"
    with closing(connect(path, "mode=rw", _WAIT_SECONDS)) as connection:
        steps = migrate(connection, clock, target)
    if not steps:
        return f"nothing to do: the database has schema {finding.version}"
    return f"migrated from schema {finding.version} to {steps[-1].version}"


def _backup(settings: Settings, clock: Clock, arguments: list[str]) -> str:
    _expect(arguments, 0, "backup takes no argument")
    if inspect(settings.db_path).kind is not Kind.SOUND:
        raise CommandError(UNUSABLE, "there is no sound database to back up")
    # What it did belongs into the environment's log file; the other outputs are the server's.
    log = open_log(replace(settings, log_outputs=("file",)), clock, None).log
    database = Database(settings.db_path)
    try:
        backups = Backups(database, settings, clock, log, None)
        names = backups.take()
        backups.prune()
    finally:
        database.close()
        log.close()
    return f"taken: {', '.join(names)}"


def _restore(settings: Settings, clock: Clock, arguments: list[str]) -> str:
    _expect(arguments, 1, "restore takes one argument, the backup's file")
    backup, path = Path.cwd() / arguments[0], settings.db_path
    if not backup.is_file():
        raise CommandError(FAILED, f"there is no file {arguments[0]!r}")
    try:
        rows = check(backup)
    except CopyError as error:
        raise CommandError(UNUSABLE, f"not a usable backup: {error}") from None
    with _to_itself(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = companion(path, ".restored")
        copy_database(backup, fresh)
        kept = _keep_replaced(path, clock)
        fresh.replace(path)
        sync(path.parent)
    return f"restored {sum(rows.values())} rows from {backup.name}{kept}"


def _reset(settings: Settings, clock: Clock, arguments: list[str]) -> str:
    if settings.env != "dev":
        raise CommandError(REFUSED, f"{settings.env} is never reset; only dev may be")
    _expect(arguments, 0, "reset takes no argument")
    with _to_itself(settings.db_path):
        for suffix in _COMPANIONS:
            companion(settings.db_path, suffix).unlink(missing_ok=True)
        settings.db_path.parent.mkdir(parents=True, exist_ok=True)
        create(settings.db_path, clock)
    return "a fresh database is in place"


COMMANDS: dict[str, Command] = {
    "migrate": _migrate,
    "backup": _backup,
    "restore": _restore,
    "reset": _reset,
}


def _expect(arguments: list[str], count: int, sentence: str) -> None:
    if len(arguments) != count:
        raise CommandError(MISUSED, sentence)


def _target(arguments: list[str]) -> int:
    if not arguments:
        return CURRENT
    allowed = [str(version) for version in range(1, CURRENT + 1)]
    if len(arguments) != 2 or arguments[0] != "--to" or arguments[1] not in allowed:
        raise CommandError(MISUSED, f"migrate takes nothing, or --to and a version from 1 to {CURRENT}")
    return int(arguments[1])


@contextmanager
def _to_itself(path: Path) -> Generator[None]:
    """Keeps servers out while the file is replaced. Raises CommandError where one is at work on it."""
    if not path.exists():
        yield
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise CommandError(FAILED, "a server is running on this database: stop it first") from None
    finally:
        os.close(descriptor)


def _keep_replaced(path: Path, clock: Clock) -> str:
    """Keeps what is about to be replaced, log and all; says where."""
    set_stale_log_aside(path, clock.now())
    if not path.exists():
        return ""
    kept = companion(path, f".replaced-{clock.now():%Y%m%dT%H%M%S}")
    kept.unlink(missing_ok=True)
    kept.hardlink_to(path)  # until the new one takes its place, the old one stays where it is
    for suffix in _COMPANIONS:
        if companion(path, suffix).exists():
            companion(path, suffix).rename(companion(kept, suffix))
    return f"; the replaced one is kept as {kept.name}"
