"""The SQLite database of a target, read without disturbing the server that writes to it."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from proveout.access.answer import Unknowable, Wrong
from proveout.access.machine import Machine

PATIENCE = 5.0  # seconds that a reader waits for a writer
ROWS = 10_000
# The same on another machine: what is asked for comes back as JSON, bytes as their length.
DISTANT = f"""
import json, sqlite3, sys, urllib.parse
path, query, *words = sys.argv[1:]
c = sqlite3.connect("file:" + urllib.parse.quote(path) + "?mode=ro", uri=True, timeout={PATIENCE})
c.execute("PRAGMA query_only = on")
print(json.dumps(c.execute(query, words).fetchmany({ROWS}), default=len))
"""


class Database:
    """Asks a SQLite file questions; it is opened for reading only and closed after every answer.

    In WAL mode a reader neither waits for the writer nor keeps it waiting (sqlite.org/wal.html).
    """

    def __init__(self, machine: Machine, file: str) -> None:
        self.machine = machine
        self.file = file

    @property
    def path(self) -> Path:
        """Return where the file lies on its machine."""
        return self.machine.root / self.file

    def rows(self, query: str, words: Sequence[str] = ()) -> list[tuple[Any, ...]]:
        """Return the rows that answer a query, at most 10,000.

        Raises:
            Wrong: the file is missing or empty, is no database, or does not answer the query.
            Unknowable: nothing on its machine can read it.
        """
        __tracebackhide__ = True
        if self.machine.size(self.file) == 0:
            raise Wrong(f"{self.file} in {self.machine.root} is empty")
        return self._near(query, words) if self.machine.is_here else self._far(query, words)

    def tables(self) -> set[str]:
        """Return the names of the tables; see `rows` for errors."""
        __tracebackhide__ = True
        return {str(row[0]) for row in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def is_whole(self) -> bool:
        """Return whether SQLite finds no damage in the whole file; see `rows` for errors."""
        __tracebackhide__ = True
        return self.rows("PRAGMA integrity_check(1)") == [("ok",)]

    def _near(self, query: str, words: Sequence[str]) -> list[tuple[Any, ...]]:
        __tracebackhide__ = True
        uri = f"{self.path.resolve().as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(uri, uri=True, timeout=PATIENCE)) as connection:
                connection.execute("PRAGMA query_only = on")
                return connection.execute(query, tuple(words)).fetchmany(ROWS)
        except sqlite3.Error as error:
            raise Wrong(f"{self.file} in {self.machine.root} does not answer: {error}") from None

    def _far(self, query: str, words: Sequence[str]) -> list[tuple[Any, ...]]:
        __tracebackhide__ = True
        places = " ".join("%s" for _ in words)
        command = f"python3 -c %s %s %s {places}"
        done = self.machine.run(command, DISTANT, str(self.path), query, *words)
        if done.rc == 127:
            raise Unknowable(f"{self.machine.connection}: no python3 there that could read {self.file}")
        if done.rc != 0:
            last = (done.stderr.strip().splitlines() or ["no answer"])[-1]
            raise Wrong(f"{self.file} in {self.machine.root} does not answer: {last}")
        return [tuple(row) for row in json.loads(done.stdout)]
