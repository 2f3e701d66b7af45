"""Migrations: every version of the schema, and the way from one to the next."""

import sqlite3
from dataclasses import dataclass

from proveout_reference.gaia.clock import Clock


@dataclass(frozen=True, slots=True)
class Migration:
    """One step; its statements may meet a database that has some of their tables already."""

    version: int
    name: str
    statements: tuple[str, ...]


_RULES_AND_CONFIRMATIONS = (
    """CREATE TABLE IF NOT EXISTS quota_rules (
        id INTEGER PRIMARY KEY AUTOINCREMENT, command_type TEXT NOT NULL, user_id TEXT,
        daily_limit INTEGER NOT NULL, weekly_limit INTEGER NOT NULL, monthly_limit INTEGER NOT NULL,
        enabled INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS patterns (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, description TEXT NOT NULL, permission_type TEXT NOT NULL,
        resource_type TEXT NOT NULL, path_pattern TEXT NOT NULL, decision_type TEXT NOT NULL,
        enabled INTEGER NOT NULL, use_count INTEGER NOT NULL DEFAULT 0, last_used TEXT,
        created_at TEXT NOT NULL, updated_at TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS preferences (
        session_id TEXT PRIMARY KEY, default_decision TEXT, allow_all INTEGER NOT NULL,
        use_ai_fallback INTEGER NOT NULL, pattern_ids TEXT NOT NULL, updated_at TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS confirmations (
        id TEXT PRIMARY KEY, session_id TEXT NOT NULL, permission_type TEXT NOT NULL,
        resource_type TEXT NOT NULL, resource_path TEXT NOT NULL, context TEXT NOT NULL,
        decision TEXT NOT NULL, decision_reason TEXT NOT NULL, approved_by TEXT, pattern_id TEXT,
        response_ms REAL NOT NULL, timestamp TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS confirmations_session ON confirmations (session_id, timestamp)",
    "CREATE INDEX IF NOT EXISTS confirmations_time ON confirmations (timestamp)",
)
_TASKS = (
    """CREATE TABLE IF NOT EXISTS tasks (
        id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, seconds REAL NOT NULL,
        state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, result TEXT, error TEXT,
        created_at TEXT NOT NULL, started_at TEXT, finished_at TEXT)""",
    "CREATE INDEX IF NOT EXISTS tasks_state ON tasks (state, id)",
)
_SELF_OBSERVATION = (
    "CREATE TABLE IF NOT EXISTS heartbeat (id INTEGER PRIMARY KEY CHECK (id = 1), beats INTEGER NOT NULL)",
    "INSERT OR IGNORE INTO heartbeat (id, beats) VALUES (1, 0)",
    """CREATE TABLE IF NOT EXISTS health_checks (
        id INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, healthy INTEGER NOT NULL,
        reason TEXT NOT NULL, ms REAL NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS improvement_phases (
        id INTEGER PRIMARY KEY AUTOINCREMENT, cycle INTEGER NOT NULL, phase TEXT NOT NULL,
        status TEXT NOT NULL, detail TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS improvement_phases_cycle ON improvement_phases (cycle)",
    """CREATE TABLE IF NOT EXISTS improvement_items (
        id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, subject TEXT NOT NULL,
        detail TEXT NOT NULL, origin TEXT NOT NULL, state TEXT NOT NULL, seen INTEGER NOT NULL DEFAULT 1,
        created_at TEXT NOT NULL, updated_at TEXT NOT NULL, UNIQUE (kind, subject, origin))""",
    """CREATE TABLE IF NOT EXISTS test_runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT, trigger TEXT NOT NULL, outcome TEXT NOT NULL,
        detail TEXT NOT NULL, time TEXT NOT NULL, ms REAL NOT NULL)""",
)

MIGRATIONS = (
    Migration(1, "rules and confirmations", _RULES_AND_CONFIRMATIONS),
    Migration(2, "tasks", _TASKS),
    Migration(3, "self-observation", _SELF_OBSERVATION),
)
CURRENT = MIGRATIONS[-1].version
_VERSIONS = """CREATE TABLE IF NOT EXISTS schema_migrations (
    version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL)"""


def version_of(connection: sqlite3.Connection) -> int:
    """The version of the schema; 0 for a database without one. Raises sqlite3.DatabaseError."""
    known = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'"
    if not connection.execute(known).fetchone()[0]:
        return 0
    found = connection.execute("SELECT max(version) FROM schema_migrations").fetchone()[0] or 0
    marked = connection.execute("PRAGMA user_version").fetchone()[0]
    return min(int(found), int(marked))


def migrate(connection: sqlite3.Connection, clock: Clock, target: int = CURRENT) -> list[Migration]:
    """Applies what is missing up to `target`, all of it or nothing. Raises sqlite3.DatabaseError."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(_VERSIONS)
        version = version_of(connection)
        steps = [step for step in MIGRATIONS if version < step.version <= target]
        for step in steps:
            for statement in step.statements:
                connection.execute(statement)
            row = (step.version, step.name, clock.text())
            connection.execute("INSERT OR REPLACE INTO schema_migrations VALUES (?, ?, ?)", row)
            connection.execute(f"PRAGMA user_version = {step.version:d}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return steps
