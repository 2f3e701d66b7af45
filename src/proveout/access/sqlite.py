"""Reads a SQLite file without disturbing who writes to it.

Another machine runs this very file with its own python3, so it stands alone; its annotations are quoted
because that Python may be older.
"""

import json
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

PATIENCE = 5.0  # seconds that a reader waits for a writer
ROWS = 10_000
READING = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
LOOKING = ("integrity_check", "quick_check", "foreign_key_check", "table_info", "index_list")  # pragmas
STATING = ("application_id", "journal_mode", "page_count", "page_size", "schema_version", "user_version")


def rows(path: Path, query: str, words: "tuple[str, ...]" = ()) -> "list[tuple[Any, ...]]":
    """Return the rows that answer a query, at most 10,000.

    Raises:
        sqlite3.Error: the file is missing or no database, or the query is wrong or would change something.
    """
    path = path.resolve()
    head = _head(path)
    if not head.startswith(
        b"SQLite format 3\0"
    ):  # SQLite takes a very short file of anything for an empty one
        raise sqlite3.DatabaseError("file is not a database")
    in_wal_mode = head[18:20] == b"\x02\x02"  # the versions to write and to read it
    journal = path.with_name(path.name + "-wal")
    if in_wal_mode and not journal.exists():
        # Nobody has it open. An ordinary reader would leave a journal behind, with itself as the owner.
        found = _ask(path, "immutable=1", query, words)
        if not journal.exists():
            return found
    # In WAL mode a reader neither waits for the writer nor keeps it waiting (sqlite.org/wal.html).
    return _ask(path, "mode=ro", query, words)


def _ask(path: Path, how: str, query: str, words: "tuple[str, ...]") -> "list[tuple[Any, ...]]":
    place = f"file:{quote(os.fsencode(path))}?{how}"
    try:
        with closing(sqlite3.connect(place, uri=True, timeout=PATIENCE)) as connection:
            connection.set_authorizer(_only_reads)
            return connection.execute(query, words).fetchmany(ROWS)
    except sqlite3.Warning as error:  # older Pythons warn where newer ones err
        raise sqlite3.ProgrammingError(str(error)) from None


def _only_reads(action: int, name: "str | None", value: "str | None", *_: object) -> int:
    pragma = action == sqlite3.SQLITE_PRAGMA and (name in LOOKING or (name in STATING and value is None))
    return sqlite3.SQLITE_OK if action in READING or pragma else sqlite3.SQLITE_DENY


def _head(path: Path) -> bytes:
    """Return the header (sqlite.org/fileformat.html)."""
    try:
        with path.open("rb") as stream:
            return stream.read(100)
    except OSError as error:
        raise sqlite3.OperationalError(f"unable to open database file ({error.strerror})") from None


def _main() -> None:
    """Write the rows as JSON, bytes as a list of their digits; or the error as a text."""
    path, query, *words = sys.argv[1:]
    answer: Any
    try:
        answer = rows(Path(path), query, tuple(words))
    except sqlite3.Error as error:
        answer = str(error)
    sys.stdout.write(json.dumps(answer, default=lambda value: [value.hex()]))


if __name__ == "__main__":
    _main()
