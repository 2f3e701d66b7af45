"""Patterns: what is allowed or denied without asking anyone."""

import sqlite3
import uuid
from typing import Any

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.database.database import Database
from proveout_reference.gaia.http.answers import RefusedError
from proveout_reference.gaia.http.fields import choice_field, flag_field, text_field, word_field

_MOST_PATTERNS = 1000
_DECISIONS = ("deny", "allow", "approve")
_COLUMNS = (
    "name",
    "description",
    "permission_type",
    "resource_type",
    "path_pattern",
    "decision_type",
    "enabled",
)


def new_pattern(body: dict[str, Any]) -> dict[str, Any]:
    """The columns of the pattern a request describes; without a decision it denies. Refuses with 400."""
    return {
        "name": word_field(body, "name"),
        "description": text_field(body, "description", 2000, default=""),
        "permission_type": word_field(body, "permission_type", 100),
        "resource_type": word_field(body, "resource_type", 100),
        "path_pattern": text_field(body, "path_pattern", 1000, default="*"),
        "decision_type": choice_field(body, "decision_type", _DECISIONS, "deny").replace("approve", "allow"),
        "enabled": flag_field(body, "enabled", default=True),
    }


def changed_pattern(body: dict[str, Any]) -> dict[str, Any]:
    """The columns a request changes. Refuses with 400 what is of another type, or nothing at all."""
    given = {name: body[name] for name in _COLUMNS if name in body}
    if not given:
        raise RefusedError(400, f"nothing to change: give some of {', '.join(_COLUMNS)}")
    placeholders = {"name": "-", "permission_type": "-", "resource_type": "-"}
    whole = new_pattern({**placeholders, **given})
    return {name: whole[name] for name in given}


class Patterns:
    """The patterns in the database. Every method may raise UnavailableError."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def all(self) -> list[dict[str, Any]]:
        """Every pattern, the oldest first."""

        def work(connection: sqlite3.Connection) -> list[dict[str, Any]]:
            rows = connection.execute("SELECT * FROM patterns ORDER BY rowid LIMIT ?", (_MOST_PATTERNS,))
            return [_as_json(row) for row in rows]

        return await self._database.read(work)

    async def get(self, pattern_id: str) -> dict[str, Any]:
        """One pattern. Refuses with 404 an unknown one."""

        def work(connection: sqlite3.Connection) -> sqlite3.Row | None:
            row: sqlite3.Row | None = connection.execute(
                "SELECT * FROM patterns WHERE id = ?", (pattern_id,)
            ).fetchone()
            return row

        return _as_json(_known(await self._database.read(work)))

    async def create(self, columns: dict[str, Any]) -> str:
        """Adds a pattern and gives its id. Refuses with 409 when there are as many as there may be."""
        row = {**columns, "id": str(uuid.uuid4()), "moment": self._clock.text()}

        def work(connection: sqlite3.Connection) -> None:
            count = connection.execute("SELECT count(*) FROM patterns").fetchone()[0]
            if count >= _MOST_PATTERNS:
                raise RefusedError(409, f"there are {_MOST_PATTERNS} patterns already; delete some first")
            statement = """INSERT INTO patterns
                (id, name, description, permission_type, resource_type, path_pattern, decision_type,
                 enabled, created_at, updated_at)
                VALUES (:id, :name, :description, :permission_type, :resource_type, :path_pattern,
                 :decision_type, :enabled, :moment, :moment)"""
            connection.execute(statement, row)

        await self._database.write(work)
        return str(row["id"])

    async def change(self, pattern_id: str, columns: dict[str, Any]) -> None:
        """Changes a pattern. Refuses with 404 an unknown one."""
        values = {**columns, "updated_at": self._clock.text()}
        # The names of the columns are ours, never the client's.
        assignments = ", ".join(f"{column} = :{column}" for column in values)
        statement = f"UPDATE patterns SET {assignments} WHERE id = :id"  # noqa: S608

        def work(connection: sqlite3.Connection) -> int:
            return connection.execute(statement, {**values, "id": pattern_id}).rowcount

        _known(await self._database.write(work) or None)

    async def delete(self, pattern_id: str) -> None:
        """Removes a pattern. Refuses with 404 an unknown one."""

        def work(connection: sqlite3.Connection) -> int:
            return connection.execute("DELETE FROM patterns WHERE id = ?", (pattern_id,)).rowcount

        _known(await self._database.write(work) or None)


def _known(found: Any) -> Any:
    if found is None:
        raise RefusedError(404, "there is no such pattern")
    return found


def _as_json(row: sqlite3.Row) -> dict[str, Any]:
    return {**dict(row), "enabled": bool(row["enabled"])}
