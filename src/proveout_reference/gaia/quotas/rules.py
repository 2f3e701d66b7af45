"""Rules: the limits on commands, for everyone or for one user."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.database.database import Database
from proveout_reference.gaia.http.answers import RefusedError
from proveout_reference.gaia.http.fields import flag_field, limit_field, word_field

_MOST_RULES = 5000
_LIMITS = {"DailyLimit": "daily_limit", "WeeklyLimit": "weekly_limit", "MonthlyLimit": "monthly_limit"}


@dataclass(frozen=True, slots=True)
class RuleFields:
    """The columns that a request sets, by name."""

    columns: dict[str, Any]


def new_rule(body: dict[str, Any]) -> RuleFields:
    """The rule a request describes. Refuses with 400 what is missing or of another type."""
    columns: dict[str, Any] = {"command_type": word_field(body, "CommandType", 100)}
    for name, column in _LIMITS.items():
        columns[column] = limit_field(body, name)
    columns["enabled"] = flag_field(body, "Enabled", default=True)
    columns["user_id"] = word_field(body, "UserID") if body.get("UserID") is not None else None
    return RuleFields(columns)


def changed_rule(body: dict[str, Any]) -> RuleFields:
    """What a request changes of a rule. Refuses with 400 what is of another type, or nothing at all."""
    columns: dict[str, Any] = {}
    if "CommandType" in body:
        columns["command_type"] = word_field(body, "CommandType", 100)
    for name, column in _LIMITS.items():
        if name in body:
            columns[column] = limit_field(body, name)
    if "Enabled" in body:
        columns["enabled"] = flag_field(body, "Enabled", default=True)
    if not columns:
        raise RefusedError(400, f"nothing to change: give CommandType, {', '.join(_LIMITS)} or Enabled")
    return RuleFields(columns)


class Rules:
    """The rules in the database. Every method may raise UnavailableError."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def all(self) -> dict[str, Any]:
        """Every rule, those for everyone apart from those for one user."""

        def work(connection: sqlite3.Connection) -> list[dict[str, Any]]:
            rows = connection.execute("SELECT * FROM quota_rules ORDER BY id LIMIT ?", (_MOST_RULES,))
            return [_as_json(row) for row in rows]

        rules = await self._database.read(work)
        return {
            "global_rules": [rule for rule in rules if rule["UserID"] is None],
            "user_specific_rules": [rule for rule in rules if rule["UserID"] is not None],
            "total_rules": len(rules),
        }

    async def create(self, fields: RuleFields) -> dict[str, Any]:
        """Adds a rule. Refuses with 409 when there are as many as there may be."""
        moment = self._clock.text()

        def work(connection: sqlite3.Connection) -> dict[str, Any]:
            count = connection.execute("SELECT count(*) FROM quota_rules").fetchone()[0]
            if count >= _MOST_RULES:
                raise RefusedError(409, f"there are {_MOST_RULES} rules already; delete some first")
            statement = """INSERT INTO quota_rules
                (command_type, user_id, daily_limit, weekly_limit, monthly_limit, enabled,
                 created_at, updated_at)
                VALUES (:command_type, :user_id, :daily_limit, :weekly_limit, :monthly_limit, :enabled,
                 :moment, :moment) RETURNING *"""
            return _as_json(connection.execute(statement, {**fields.columns, "moment": moment}).fetchone())

        return await self._database.write(work)

    async def change(self, rule_id: int, fields: RuleFields) -> None:
        """Changes a rule. Refuses with 404 an unknown one."""
        columns = {**fields.columns, "updated_at": self._clock.text()}
        # The names of the columns are ours, never the client's.
        assignments = ", ".join(f"{column} = :{column}" for column in columns)
        statement = f"UPDATE quota_rules SET {assignments} WHERE id = :id"  # noqa: S608

        def work(connection: sqlite3.Connection) -> int:
            return connection.execute(statement, {**columns, "id": rule_id}).rowcount

        if not await self._database.write(work):
            raise RefusedError(404, "there is no such rule")

    async def delete(self, rule_id: int) -> None:
        """Removes a rule. Refuses with 404 an unknown one."""

        def work(connection: sqlite3.Connection) -> int:
            return connection.execute("DELETE FROM quota_rules WHERE id = ?", (rule_id,)).rowcount

        if not await self._database.write(work):
            raise RefusedError(404, "there is no such rule")


def _as_json(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "ID": row["id"],
        "CommandType": row["command_type"],
        "UserID": row["user_id"],
        "DailyLimit": row["daily_limit"],
        "WeeklyLimit": row["weekly_limit"],
        "MonthlyLimit": row["monthly_limit"],
        "Enabled": bool(row["enabled"]),
        "CreatedAt": row["created_at"],
        "UpdatedAt": row["updated_at"],
    }
