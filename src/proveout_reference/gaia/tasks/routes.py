"""Routes: asking for a task, and how it and all others stand."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from proveout_reference.gaia.http.answers import RefusedError, resource
from proveout_reference.gaia.http.body import read_object
from proveout_reference.gaia.http.fields import choice_field, number_in_path, text_field
from proveout_reference.gaia.tasks.kinds import KINDS
from proveout_reference.gaia.tasks.store import TaskStore
from proveout_reference.gaia.tasks.workers import Workers

_LONGEST_SLEEP = 86_400.0


def task_routes(store: TaskStore, workers: Workers | None) -> list[Route]:
    """The routes below /api/tasks; without workers there is no queue to put a task into."""

    async def add(request: Request) -> Response:
        body = await read_object(request)
        text_field(body, "kind", 100)
        kind = choice_field(body, "kind", KINDS, "")
        seconds = _seconds(body)
        if workers is None:
            raise RefusedError(503, "the task queue is switched off here")
        task = await store.add(kind, seconds)
        workers.wake()
        return JSONResponse(task, 202, {"Location": f"/api/tasks/{task['id']}"})

    async def show(request: Request) -> Response:
        return JSONResponse(await store.get(number_in_path(request, "id", "task")))

    async def summary(_request: Request) -> Response:
        count = workers.count if workers is not None else 0
        return JSONResponse({"enabled": workers is not None, "workers": count, **await store.counts()})

    return [
        resource("/api/tasks", POST=add),
        resource("/api/tasks/summary", GET=summary),
        resource("/api/tasks/{id}", GET=show),
    ]


def _seconds(body: dict[str, Any]) -> float:
    value = body.get("seconds", 0)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _LONGEST_SLEEP:
        raise RefusedError(400, f"seconds must be a number from 0 to {_LONGEST_SLEEP:g}")
    return float(value)
