"""Store: the tasks in the database, from waiting to done or failed."""

import sqlite3
from typing import Any

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.database.database import Database
from proveout_reference.gaia.http.answers import RefusedError
from proveout_reference.gaia.metrics.metrics import Metrics

STATES = ("waiting", "running", "done", "failed")
_MOST_WAITING = 1000
_MOST_ATTEMPTS = 5
_MOST_ENDED = 10_000


class TaskStore:
    """The queue is the table: what was asked for survives the server. Methods may raise UnavailableError."""

    def __init__(self, database: Database, clock: Clock, metrics: Metrics) -> None:
        self._database = database
        self._clock = clock
        self._metrics = metrics

    async def add(self, kind: str, seconds: float) -> dict[str, Any]:
        """Puts a task into the queue. Refuses with 503 when it is full."""
        moment = self._clock.text()

        def work(connection: sqlite3.Connection) -> dict[str, Any]:
            waiting = connection.execute("SELECT count(*) FROM tasks WHERE state = 'waiting'").fetchone()[0]
            if waiting >= _MOST_WAITING:
                raise RefusedError(503, "the task queue is full", {"Retry-After": "5"})
            connection.execute(
                """DELETE FROM tasks WHERE id IN (SELECT id FROM tasks WHERE state IN ('done', 'failed')
                ORDER BY id DESC LIMIT -1 OFFSET ?)""",
                (_MOST_ENDED,),
            )
            statement = "INSERT INTO tasks (kind, seconds, state, created_at) VALUES (?, ?, 'waiting', ?)"
            task_id = connection.execute(statement, (kind, seconds, moment)).lastrowid
            return _show(connection, int(task_id or 0))

        task = await self._database.write(work)
        self._metrics.tasks.labels("waiting").inc()
        return task

    async def get(self, task_id: int) -> dict[str, Any]:
        """One task. Refuses with 404 an unknown one."""
        return await self._database.read(lambda connection: _show(connection, task_id))

    async def counts(self) -> dict[str, int]:
        """How many tasks there are in each state."""
        return await self._database.read(_counts)

    def take_up(self) -> int:
        """Puts what an earlier run left unfinished back into the queue; says how much that was.

        A task that was begun five times fails: it may be what ends the server.
        """

        def work(connection: sqlite3.Connection) -> int:
            connection.execute(
                """UPDATE tasks SET state = 'failed', error = 'interrupted too often', finished_at = ?
                WHERE state = 'running' AND attempts >= ?""",
                (self._clock.text(), _MOST_ATTEMPTS),
            )
            statement = "UPDATE tasks SET state = 'waiting' WHERE state = 'running'"
            return connection.execute(statement).rowcount

        taken = self._database.write_now(work)
        for state, count in self._database.read_now(_counts).items():
            self._metrics.tasks.labels(state).set(count)
        return taken

    def next(self) -> dict[str, Any] | None:
        """The task that waits longest, now running; none when the queue is empty."""
        if not self._database.read_now(_has_waiting):
            return None
        moment = self._clock.text()

        def work(connection: sqlite3.Connection) -> dict[str, Any] | None:
            row = connection.execute(
                """UPDATE tasks SET state = 'running', attempts = attempts + 1, started_at = ?
                WHERE id = (SELECT id FROM tasks WHERE state = 'waiting' ORDER BY id LIMIT 1) RETURNING *""",
                (moment,),
            ).fetchone()
            return dict(row) if row is not None else None

        task = self._database.write_now(work)
        if task is not None:
            self._move("waiting", "running")
        return task

    def end(self, task: dict[str, Any], *, result: str | None = None, error: str | None = None) -> None:
        """Remembers how a task ended."""
        state = "done" if error is None else "failed"
        row = (state, result, error, self._clock.text(), task["id"])
        statement = "UPDATE tasks SET state = ?, result = ?, error = ?, finished_at = ? WHERE id = ?"
        self._database.write_now(lambda connection: connection.execute(statement, row))
        self._move("running", state)
        self._metrics.tasks_ended.labels(task["kind"], state).inc()

    def put_back(self, task: dict[str, Any]) -> None:
        """Puts an interrupted task back into the queue."""
        statement = "UPDATE tasks SET state = 'waiting' WHERE id = ?"
        self._database.write_now(lambda connection: connection.execute(statement, (task["id"],)))
        self._move("running", "waiting")

    def _move(self, before: str, after: str) -> None:
        self._metrics.tasks.labels(before).dec()
        self._metrics.tasks.labels(after).inc()


def _has_waiting(connection: sqlite3.Connection) -> bool:
    found = connection.execute("SELECT 1 FROM tasks WHERE state = 'waiting' LIMIT 1").fetchone()
    return found is not None


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    counted = dict.fromkeys(STATES, 0)
    for row in connection.execute("SELECT state, count(*) AS count FROM tasks GROUP BY state"):
        counted[row["state"]] = row["count"]
    return counted


def _show(connection: sqlite3.Connection, task_id: int) -> dict[str, Any]:
    row = connection.execute("SELECT * FROM tasks WHERE id = ?", (task_id,)).fetchone()
    if row is None:
        raise RefusedError(404, "there is no such task")
    return dict(row)
