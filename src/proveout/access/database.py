"""The SQLite database of a target, read without disturbing the server that writes to it."""

import inspect
import json
import sqlite3
from pathlib import Path
from typing import Any

from proveout.access import sqlite
from proveout.access.answer import Unknowable, Wrong
from proveout.access.machine import Machine


class Database:
    """Asks a SQLite file questions; it is opened for reading only and closed after every answer."""

    def __init__(self, machine: Machine, file: str) -> None:
        self.machine = machine
        self.file = file

    @property
    def path(self) -> Path:
        """Return where the file lies on its machine."""
        return self.machine.root / self.file

    def rows(self, query: str, words: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
        """Return the rows that answer a query, at most 10,000.

        Raises:
            Wrong: the file is missing or empty, is no database, or does not answer the query.
            Unknowable: nothing on its machine can read it.
        """
        __tracebackhide__ = True
        if self.machine.size(self.file) == 0:
            raise Wrong(f"{self.file} in {self.machine.root} is empty")
        try:
            return sqlite.rows(self.path, query, words) if self.machine.is_here else self._far(query, words)
        except sqlite3.Error as error:
            raise Wrong(f"{self.file} in {self.machine.root} does not answer: {error}") from None

    def tables(self) -> set[str]:
        """Return the names of the tables; see `rows` for errors."""
        __tracebackhide__ = True
        return {str(row[0]) for row in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def is_whole(self) -> bool:
        """Return whether SQLite finds no damage in the whole file; see `rows` for errors."""
        __tracebackhide__ = True
        return self.rows("PRAGMA integrity_check(1)") == [("ok",)]

    def _far(self, query: str, words: tuple[str, ...]) -> list[tuple[Any, ...]]:
        __tracebackhide__ = True
        places = " ".join("%s" for _ in words)
        script = inspect.getsource(sqlite)
        done = self.machine.run(f"python3 -c %s %s %s {places}", script, str(self.path), query, *words)
        if done.rc != 0:
            raise Unknowable(
                f"{self.machine.name}: no python3 there that could read {self.file} ({done.last_words})"
            )
        answer = json.loads(done.stdout)
        if isinstance(answer, str):
            raise sqlite3.OperationalError(answer)
        return [
            tuple(bytes.fromhex(value[0]) if isinstance(value, list) else value for value in row)
            for row in answer
        ]
