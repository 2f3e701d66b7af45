"""Kinds: what tasks there are and what each of them does."""

import json
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from proveout_reference.gaia.database.database import Database

KINDS = ("noop", "sleep", "fail", "report")
_COUNTED = ("quota_rules", "patterns", "preferences", "confirmations", "tasks")


class TaskFailedError(Exception):
    """The task did not do what it should; its message goes into the task."""


class InterruptedTaskError(Exception):
    """The server stops; the task is to be taken up again."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a kind is given: how long it was asked to take, how long it may, and who stops it."""

    seconds: float
    longest: float
    stopped: threading.Event
    database: Database


def run(kind: str, work: Work) -> str:
    """Does the work and gives its result. Raises TaskFailedError, InterruptedTaskError, UnavailableError."""
    started = time.monotonic()
    result = _RUNNERS[kind](work)
    if time.monotonic() - started > work.longest:
        raise TaskFailedError(_too_long(work))
    return result


def _noop(_work: Work) -> str:
    return "nothing was done"


def _sleep(work: Work) -> str:
    if work.stopped.wait(min(work.seconds, work.longest)):
        raise InterruptedTaskError
    if work.seconds > work.longest:
        raise TaskFailedError(_too_long(work))
    return f"slept {work.seconds:g} s"


def _fail(_work: Work) -> str:
    raise TaskFailedError("it was asked to fail")


def _report(work: Work) -> str:
    def count(connection: sqlite3.Connection) -> dict[str, int]:
        tables = {name: f"SELECT count(*) FROM {name}" for name in _COUNTED}  # noqa: S608  our own names
        return {name: connection.execute(query).fetchone()[0] for name, query in tables.items()}

    return json.dumps(work.database.read_now(count))


def _too_long(work: Work) -> str:
    return f"timed out after {work.longest:g} s"


_RUNNERS: dict[str, Callable[[Work], str]] = {
    "noop": _noop,
    "sleep": _sleep,
    "fail": _fail,
    "report": _report,
}
