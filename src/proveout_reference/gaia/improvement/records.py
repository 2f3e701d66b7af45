"""Records: the phases of every cycle, the test runs, and what was found, in the database."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.database.database import Database

_NEWEST = "SELECT coalesce(max(cycle), 0) FROM improvement_phases"
_PHASES = "SELECT * FROM improvement_phases WHERE cycle > ? ORDER BY id"
_KEEP_ITEM = """INSERT INTO improvement_items (kind, subject, detail, origin, state, created_at, updated_at)
    VALUES (:kind, :subject, :detail, :origin, :state, :moment, :moment)
    ON CONFLICT (kind, subject, origin) DO UPDATE SET detail = :detail, state = :state, seen = seen + 1,
    updated_at = :moment RETURNING *"""


@dataclass(frozen=True, slots=True)
class PhaseRecord:
    """One phase of one cycle and how it ended: done, failed or skipped."""

    cycle: int
    phase: str
    status: str
    detail: str
    started_at: str
    ended_at: str


class Records:
    """The tables of the improvement. Every method may raise UnavailableError."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def next_cycle(self) -> int:
        """The number of the next cycle; numbers go on over restarts."""
        newest = self._database.read_now(lambda connection: connection.execute(_NEWEST).fetchone()[0])
        return int(newest) + 1

    def add_phase(self, record: PhaseRecord) -> None:
        """Keeps a phase that has ended."""
        row = (record.cycle, record.phase, record.status, record.detail, record.started_at, record.ended_at)
        statement = """INSERT INTO improvement_phases (cycle, phase, status, detail, started_at, ended_at)
            VALUES (?, ?, ?, ?, ?, ?)"""
        self._database.write_now(lambda connection: connection.execute(statement, row))

    def add_test_run(self, trigger: str, outcome: str, detail: str, milliseconds: float) -> None:
        """Keeps a test run."""
        row = (trigger, outcome, detail, self._clock.text(), milliseconds)
        statement = "INSERT INTO test_runs (trigger, outcome, detail, time, ms) VALUES (?, ?, ?, ?, ?)"
        self._database.write_now(lambda connection: connection.execute(statement, row))

    def keep_item(self, kind: str, subject: str, detail: str, origin: str, state: str) -> dict[str, Any]:
        """Keeps something to improve; found again, it is the same item, seen once more."""
        named = {"kind": kind, "subject": subject, "detail": detail, "origin": origin, "state": state}
        named["moment"] = self._clock.text()
        return self._database.write_now(
            lambda connection: dict(connection.execute(_KEEP_ITEM, named).fetchone())
        )

    async def items(self, most: int) -> list[dict[str, Any]]:
        """What there is to improve, the latest first."""
        query = "SELECT * FROM improvement_items ORDER BY updated_at DESC, id DESC LIMIT ?"
        return await self._database.read(lambda connection: _dicts(connection.execute(query, (most,))))

    async def test_runs(self, most: int) -> list[dict[str, Any]]:
        """The test runs, the latest first."""
        query = "SELECT * FROM test_runs ORDER BY id DESC LIMIT ?"
        return await self._database.read(lambda connection: _dicts(connection.execute(query, (most,))))

    async def cycles(self, most: int) -> list[dict[str, Any]]:
        """The cycles with their phases, the latest first."""

        def work(connection: sqlite3.Connection) -> list[dict[str, Any]]:
            newest = connection.execute("SELECT coalesce(max(cycle), 0) FROM improvement_phases").fetchone()[
                0
            ]
            return _dicts(connection.execute(_PHASES, (newest - most,)))

        cycles: dict[int, dict[str, Any]] = {}
        for phase in await self._database.read(work):
            number = phase.pop("cycle")
            del phase["id"]
            cycle = cycles.setdefault(
                number, {"cycle": number, "started_at": phase["started_at"], "phases": []}
            )
            cycle["ended_at"] = phase["ended_at"]
            cycle["phases"].append(phase)
        return list(reversed(cycles.values()))


def _dicts(rows: sqlite3.Cursor) -> list[dict[str, Any]]:
    return [dict(row) for row in rows]
