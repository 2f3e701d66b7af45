"""Status: how the commands of today stand against the rules."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from proveout_reference.gaia.clock import Clock, text_of
from proveout_reference.gaia.database.database import Database

_MOST_GROUPS = 20_000

Limits = tuple[int, int, int]
_USE = """SELECT session_id, permission_type, sum(timestamp >= :day) AS day, sum(timestamp >= :week) AS week,
    sum(timestamp >= :month) AS month
    FROM confirmations WHERE timestamp >= :first GROUP BY session_id, permission_type LIMIT :most"""


@dataclass(frozen=True, slots=True)
class _Use:
    """What one user asked for of one type, in each period."""

    user: str
    kind: str
    counts: tuple[int, int, int]


class QuotaStatus:
    """The figures of the dashboard, counted from what the database holds."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def figures(self) -> dict[str, Any]:
        """The figures of now. Raises UnavailableError."""
        now = self._clock.now()
        return {
            **await self._database.read(lambda connection: _figures(connection, now)),
            "timestamp": text_of(now),
        }


def _figures(connection: sqlite3.Connection, now: datetime) -> dict[str, Any]:
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    week = day - timedelta(days=day.weekday())
    month = day.replace(day=1)
    moments = {"day": day, "week": week, "month": month, "first": min(week, month)}
    named = {**{name: text_of(moment) for name, moment in moments.items()}, "most": _MOST_GROUPS}
    uses = [
        _Use(row["session_id"], row["permission_type"], (row["day"], row["week"], row["month"]))
        for row in connection.execute(_USE, named)
    ]
    strictest = _strictest(connection)
    users = connection.execute("SELECT count(DISTINCT session_id) FROM confirmations").fetchone()[0]
    active = [use for use in uses if use.counts[0]]
    factors = [_factor(use, strictest) for use in active]
    return {
        "average_throttle_factor": round(sum(factors) / len(factors), 4) if factors else 1.0,
        "quotas_exceeded_today": sum(factor < 1 for factor in factors),
        "total_commands_today": sum(use.counts[0] for use in active),
        "total_users": users,
    }


def _strictest(connection: sqlite3.Connection) -> dict[tuple[str, str | None], Limits]:
    """The lowest limit of each period for a type and a user; None is for every user, 0 limits nothing."""
    strictest: dict[tuple[str, str | None], Limits] = {}
    for row in connection.execute("SELECT * FROM quota_rules WHERE enabled = 1"):
        key = (row["command_type"], row["user_id"])
        given = (row["daily_limit"], row["weekly_limit"], row["monthly_limit"])
        before = strictest.get(key, (0, 0, 0))
        day, week, month = (
            min(limit for limit in pair if limit) if any(pair) else 0
            for pair in zip(given, before, strict=True)
        )
        strictest[key] = (day, week, month)
    return strictest


def _factor(use: _Use, strictest: dict[tuple[str, str | None], Limits]) -> float:
    """Which share of the wanted speed the strictest rule leaves: 1 is all of it."""
    factor = 1.0
    for key in ((use.kind, None), (use.kind, use.user), ("*", None), ("*", use.user)):
        for count, limit in zip(use.counts, strictest.get(key, (0, 0, 0)), strict=True):
            if limit and count > limit:
                factor = min(factor, limit / count)
    return factor
