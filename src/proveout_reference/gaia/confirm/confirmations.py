"""Confirmations: every request that was decided, and what was answered."""

import sqlite3
import time
import uuid
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.confirm.preferences import Preference, stored_preference
from proveout_reference.gaia.database.database import Database
from proveout_reference.gaia.http.answers import RefusedError
from proveout_reference.gaia.http.fields import text_field, word_field

_LONGEST_CONTEXT = 10_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What a session asks to be allowed."""

    session_id: str
    permission_type: str
    resource_type: str
    resource_path: str
    context: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a wish, why it is so, and what decided it."""

    word: str
    reason: str
    by: str | None = None
    pattern_id: str | None = None


def wish_of(body: dict[str, Any]) -> Wish:
    """The wish in a request. Refuses with 400 what is missing or of another type."""
    if body.get("context") is None:
        raise RefusedError(400, "context is required")
    return Wish(
        session_id=word_field(body, "session_id"),
        permission_type=word_field(body, "permission_type", 100),
        resource_type=word_field(body, "resource_type", 100),
        resource_path=text_field(body, "resource_path", 1000),
        context=text_field(body, "context", _LONGEST_CONTEXT, default=""),
    )


class Confirmations:
    """The decisions in the database. Every method may raise UnavailableError."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def decide(self, wish: Wish) -> dict[str, Any]:
        """Decides, remembers and answers."""
        started = time.perf_counter()
        request_id, moment = str(uuid.uuid4()), self._clock.text()

        def work(connection: sqlite3.Connection) -> Decision:
            decision = _decide(connection, wish)
            if decision.pattern_id is not None:
                statement = "UPDATE patterns SET use_count = use_count + 1, last_used = ? WHERE id = ?"
                connection.execute(statement, (moment, decision.pattern_id))
            row = (
                *(request_id, wish.session_id, wish.permission_type, wish.resource_type),
                *(wish.resource_path, wish.context, decision.word, decision.reason, decision.by),
                *(decision.pattern_id, (time.perf_counter() - started) * 1000, moment),
            )
            connection.execute(f"INSERT INTO confirmations VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608
            return decision

        decision = await self._database.write(work)
        return {
            "decision": decision.word,
            "reason": decision.reason,
            "request_id": request_id,
            "timestamp": moment,
        }

    async def history(self, session_id: str, most: int) -> list[dict[str, Any]]:
        """What a session asked for, the latest first."""
        statement = (
            "SELECT * FROM confirmations WHERE session_id = ? ORDER BY timestamp DESC, rowid DESC LIMIT ?"
        )

        def work(connection: sqlite3.Connection) -> list[dict[str, Any]]:
            return [dict(row) for row in connection.execute(statement, (session_id, most))]

        return await self._database.read(work)

    async def stats(self, session_id: str | None = None) -> dict[str, Any]:
        """How often each answer was given, to one session or to all."""
        statement = """SELECT count(*) AS total_requests, count(DISTINCT session_id) AS sessions,
            coalesce(sum(decision = 'allow'), 0) AS allowed, coalesce(sum(decision = 'deny'), 0) AS denied,
            coalesce(sum(decision = 'ask'), 0) AS asked,
            coalesce(sum(approved_by = 'pattern'), 0) AS approved_by_pattern,
            coalesce(sum(approved_by = 'preference'), 0) AS approved_by_preference,
            coalesce(round(avg(response_ms), 3), 0) AS average_response_time_ms FROM confirmations"""
        where = "" if session_id is None else " WHERE session_id = ?"

        def work(connection: sqlite3.Connection) -> dict[str, Any]:
            values = () if session_id is None else (session_id,)
            return dict(connection.execute(statement + where, values).fetchone())

        found = await self._database.read(work)
        total = found["total_requests"]
        return {**found, "approval_rate": round(found["allowed"] / total * 100, 2) if total else 0.0}


def _decide(connection: sqlite3.Connection, wish: Wish) -> Decision:
    preference = stored_preference(connection, wish.session_id)
    matching = _matching(connection, wish, preference)
    # Denied is denied, whatever else is allowed.
    for word in ("deny", "allow"):
        for row in matching:
            if row["decision_type"] == word:
                by = "pattern" if word == "allow" else None
                return Decision(word, f"pattern {row['name']!r} says {word}", by, row["id"])
    word = preference.decision()
    if word != "ask":
        by = "preference" if word == "allow" else None
        return Decision(word, f"the session's preference says {word}", by)
    return Decision("ask", "no pattern or preference decides")


def _matching(connection: sqlite3.Connection, wish: Wish, preference: Preference) -> list[sqlite3.Row]:
    statement = """SELECT id, name, path_pattern, decision_type FROM patterns WHERE enabled = 1
        AND permission_type IN (?, '*') AND resource_type IN (?, '*') ORDER BY rowid"""
    rows = connection.execute(statement, (wish.permission_type, wish.resource_type)).fetchall()
    chosen = set(preference.pattern_ids)
    return [
        row
        for row in rows
        if (not chosen or row["id"] in chosen) and fnmatchcase(wish.resource_path, row["path_pattern"])
    ]
