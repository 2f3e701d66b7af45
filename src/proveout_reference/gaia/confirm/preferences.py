"""Preferences: what a session wants where no pattern decides, and which patterns count for it."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.database.database import Database
from proveout_reference.gaia.http.answers import RefusedError
from proveout_reference.gaia.http.fields import choice_field, flag_field

_DECISIONS = ("ask", "allow", "deny")
_MOST_SESSIONS = 20_000
_MOST_PATTERNS = 100


@dataclass(frozen=True, slots=True)
class Preference:
    """One session's wishes; those of a session that never said anything are the defaults."""

    session_id: str
    allow_all: bool = False
    default_decision: str = "ask"
    use_ai_fallback: bool = True
    pattern_ids: tuple[str, ...] = ()

    def decision(self) -> str:
        """What to answer where no pattern decides."""
        return "allow" if self.allow_all and self.default_decision == "ask" else self.default_decision

    def as_json(self) -> dict[str, Any]:
        """The preference object of the API."""
        return {
            "session_id": self.session_id,
            "allow_all": self.allow_all,
            "default_decision": self.default_decision,
            "use_ai_fallback": self.use_ai_fallback,
            "pattern_ids": list(self.pattern_ids),
        }


def preference_of(session_id: str, body: dict[str, Any]) -> Preference:
    """The wishes a request states. Refuses with 400 what is of another type."""
    ids = body.get("pattern_ids") or []
    if not isinstance(ids, list) or not all(isinstance(each, str) and len(each) <= 100 for each in ids):
        raise RefusedError(400, "pattern_ids must be an array of strings")
    if len(ids) > _MOST_PATTERNS:
        raise RefusedError(400, f"pattern_ids must have at most {_MOST_PATTERNS} entries")
    return Preference(
        session_id=session_id,
        allow_all=flag_field(body, "allow_all", default=False),
        default_decision=choice_field(body, "default_decision", _DECISIONS, "ask"),
        use_ai_fallback=flag_field(body, "use_ai_fallback", default=True),
        pattern_ids=tuple(ids),
    )


def stored_preference(connection: sqlite3.Connection, session_id: str) -> Preference:
    """The session's wishes in the database, or the defaults."""
    row = connection.execute("SELECT * FROM preferences WHERE session_id = ?", (session_id,)).fetchone()
    if row is None:
        return Preference(session_id)
    return Preference(
        session_id=session_id,
        allow_all=bool(row["allow_all"]),
        default_decision=row["default_decision"],
        use_ai_fallback=bool(row["use_ai_fallback"]),
        pattern_ids=tuple(json.loads(row["pattern_ids"])),
    )


class Preferences:
    """The preferences in the database. Every method may raise UnavailableError."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def get(self, session_id: str) -> Preference:
        """The session's wishes."""
        return await self._database.read(lambda connection: stored_preference(connection, session_id))

    async def put(self, preference: Preference) -> None:
        """Replaces the session's wishes; the ones unchanged the longest make room when there are many."""
        row = {
            **preference.as_json(),
            "pattern_ids": json.dumps(preference.pattern_ids),
            "moment": self._clock.text(),
            "most": _MOST_SESSIONS,
        }

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(
                """INSERT OR REPLACE INTO preferences
                (session_id, default_decision, allow_all, use_ai_fallback, pattern_ids, updated_at)
                VALUES (:session_id, :default_decision, :allow_all, :use_ai_fallback, :pattern_ids,
                 :moment)""",
                row,
            )
            connection.execute(
                """DELETE FROM preferences WHERE session_id IN
                (SELECT session_id FROM preferences ORDER BY updated_at DESC LIMIT -1 OFFSET :most)""",
                {"most": _MOST_SESSIONS},
            )

        await self._database.write(work)
