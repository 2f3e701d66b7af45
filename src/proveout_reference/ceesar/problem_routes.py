"""Problem routes: listing, reading, creating and deleting problems and their tests."""

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from proveout_reference.ceesar import testcases
from proveout_reference.ceesar.answers import RefusedError, resource
from proveout_reference.ceesar.body import read_json, read_object
from proveout_reference.ceesar.log import Log
from proveout_reference.ceesar.names import id_of_title, is_safe
from proveout_reference.ceesar.problems import Problem, ProblemStore, problem_of

_FIELDS = ("Title", "Statement", "Languages", "Stub", "Type", "DrawingData", "IsMultiPart", "Parts")


class _Problems:
    """The handlers; all of them work on one store."""

    def __init__(self, store: ProblemStore, log: Log) -> None:
        self._store = store
        self._log = log

    async def list(self, _request: Request) -> Response:
        problems, broken = await run_in_threadpool(self._store.all)
        for problem_id in broken:
            self._log.error("manifest cannot be read", problem=problem_id)
        return JSONResponse([problem.as_json() for problem in problems])

    async def show(self, request: Request) -> Response:
        problem = await run_in_threadpool(self._store.get, request.path_params["id"])
        return JSONResponse(problem.as_json())

    async def create(self, request: Request) -> Response:
        body = await read_object(request)
        problem = _new_problem(body)
        cases = testcases.cases_of(_field(body, "TestCases") or [])
        await run_in_threadpool(self._store.create, problem, cases)
        return JSONResponse({"id": problem.id, "status": "success"})

    async def delete(self, request: Request) -> Response:
        await run_in_threadpool(self._store.delete, request.path_params["id"])
        return JSONResponse({"status": "success"})

    async def show_cases(self, request: Request) -> Response:
        problem = self._store.folder_of(request.path_params["id"])
        part = _part(request)

        def read() -> list[testcases.Case]:
            if part is None:
                return testcases.all_cases(problem)
            return testcases.read_cases(testcases.folder_of_cases(problem, part))

        return JSONResponse([case.as_json() for case in await run_in_threadpool(read)])

    async def write_cases(self, request: Request) -> Response:
        problem = self._store.folder_of(request.path_params["id"])
        folder = testcases.folder_of_cases(problem, _part(request))
        cases = testcases.cases_of(await read_json(request))

        def write() -> None:
            with self._store.lock:
                self._store.folder_of(problem.name)  # it may have been deleted while the body arrived
                testcases.write_cases(folder, cases)

        await run_in_threadpool(write)
        return JSONResponse({"status": "success"})

    async def delete_cases(self, request: Request) -> Response:
        problem = self._store.folder_of(request.path_params["id"])
        folder = testcases.folder_of_cases(problem, _part(request))

        def empty() -> int:
            with self._store.lock:
                count = len(testcases.read_cases(folder))
                testcases.write_cases(folder, [])
            return count

        count = await run_in_threadpool(empty)
        message = f"deleted {count} test cases"
        return JSONResponse({"deleted_count": count, "message": message, "status": "success"})


def problem_routes(store: ProblemStore, log: Log) -> list[Route]:
    """The routes below /api/problems and /api/problem."""
    problems = _Problems(store, log)
    return [
        resource("/api/problems", GET=problems.list),
        resource("/api/problems/create", POST=problems.create),
        resource("/api/problems/{id}", DELETE=problems.delete),
        resource("/api/problem/{id}", GET=problems.show),
        resource(
            "/api/problem/{id}/testcases",
            GET=problems.show_cases,
            PUT=problems.write_cases,
            DELETE=problems.delete_cases,
        ),
    ]


def _field(body: dict[str, Any], name: str) -> Any:
    """The value of a field whatever its case: clients write both Title and title."""
    return next((value for key, value in body.items() if key.lower() == name.lower()), None)


def _new_problem(body: dict[str, Any]) -> Problem:
    title = _field(body, "Title")
    if not isinstance(title, str) or not title.strip():
        raise RefusedError(400, "title is required")
    problem_id = id_of_title(title)
    if not is_safe(problem_id):
        raise RefusedError(
            400, "the title cannot become an id: too long, or it holds / \\ % or a leading dot"
        )
    given = {name: _field(body, name) for name in _FIELDS}
    return problem_of({name: value for name, value in given.items() if value is not None}, problem_id)


def _part(request: Request) -> int | None:
    text = request.query_params.get("part", "")
    if text and not (text.isdecimal() and len(text) < 4):
        raise RefusedError(400, "part must be a number")
    return int(text) if text else None
