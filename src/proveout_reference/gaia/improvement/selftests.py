"""Self-tests: the environment's own tests: its files can be read, its database is sound, it is healthy."""

import ast
import json
import sqlite3
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from proveout_reference.gaia.database.database import Database, UnavailableError
from proveout_reference.gaia.health.probe import Probe
from proveout_reference.gaia.improvement.builds import files_of
from proveout_reference.gaia.improvement.records import Records
from proveout_reference.gaia.log.log import Log

_MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class TestRun:
    """What a run found: how many tests passed, and a sentence for each that failed."""

    passed: int
    failures: list[str]

    @property
    def outcome(self) -> str:
        """Passed or failed."""
        return "failed" if self.failures else "passed"

    @property
    def detail(self) -> str:
        """The run in one sentence."""
        shown = "; ".join(self.failures[:_MOST_SHOWN])
        return f"{self.passed} passed, {len(self.failures)} failed{': ' if shown else ''}{shown}"


class SelfTests:
    """The tests of one environment; every run is recorded and logged."""

    def __init__(self, site: Path, database: Database, records: Records, log: Log) -> None:
        self._site = site
        self._database = database
        self._records = records
        self._log = log
        self._probe = Probe(database)

    def run(self, trigger: str) -> TestRun:
        """Runs all of them. Raises UnavailableError when the run cannot be recorded."""
        started = time.monotonic()
        tests: dict[str, Callable[[], str]] = {
            name: _test_of(path) for name, path in files_of(self._site).items()
        }
        tests["database"] = self._database_problem
        tests["health"] = lambda: self._probe.look().reason
        failures = [f"{name}: {problem}" for name, test in tests.items() if (problem := test())]
        run = TestRun(len(tests) - len(failures), failures)
        milliseconds = round((time.monotonic() - started) * 1000, 1)
        self._records.add_test_run(trigger, run.outcome, run.detail, milliseconds)
        say = self._log.warning if failures else self._log.info
        say("test run", trigger=trigger, outcome=run.outcome, detail=run.detail, ms=milliseconds)
        return run

    def _database_problem(self) -> str:
        def work(connection: sqlite3.Connection) -> str:
            return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])

        try:
            verdict = self._database.read_now(work)
        except UnavailableError as error:
            return str(error)
        return "" if verdict == "ok" else "its pages are damaged"


def _test_of(path: Path) -> Callable[[], str]:
    return lambda: _problem_of(path)


def _problem_of(path: Path) -> str:
    """What is wrong with a file; empty when nothing is."""
    try:
        content = path.read_bytes()
        if path.parent.name == "bin" and not content:
            return "it is empty"
        _parse(path, content)
    except OSError as error:
        return error.strerror or "it cannot be read"
    except (ValueError, SyntaxError, RecursionError) as error:
        return f"it cannot be parsed ({type(error).__name__})"
    return ""


def _parse(path: Path, content: bytes) -> None:
    head = content.split(b"\n", 1)[0]
    if path.suffix == ".json":
        json.loads(content)
    elif path.suffix == ".toml":
        tomllib.loads(content.decode())
    elif path.suffix == ".py" or (head.startswith(b"#!") and b"python" in head):
        ast.parse(content)
