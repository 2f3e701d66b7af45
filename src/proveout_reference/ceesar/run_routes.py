"""Run routes: running a program once, and judging it against a problem's tests."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from proveout_reference.ceesar import checker, testcases
from proveout_reference.ceesar.answers import Handler, RefusedError, client_left, resource
from proveout_reference.ceesar.body import read_object, text_field
from proveout_reference.ceesar.executor.executor import Executor
from proveout_reference.ceesar.executor.languages import LANGUAGES, Language
from proveout_reference.ceesar.executor.outcome import ExecutionFailedError, describe
from proveout_reference.ceesar.executor.slots import BusyError
from proveout_reference.ceesar.log import Log
from proveout_reference.ceesar.names import is_safe
from proveout_reference.ceesar.problems import ProblemStore

_MOST_FILES = 32


def run_routes(store: ProblemStore, executor: Executor, log: Log) -> list[Route]:
    """POST /api/run and POST /api/submit."""

    async def run(request: Request) -> Response:
        body = await read_object(request)
        language, files = _program_of(body)
        given = text_field(body, "input")
        return await _while_connected(request, _run(executor, language, files, given))

    async def submit(request: Request) -> Response:
        body = await read_object(request)
        problem_id = text_field(body, "problemId", required=True)
        language, files = _program_of(body)
        problem = store.folder_of(problem_id)
        folder = testcases.folder_of_cases(problem, _part_of(body, problem))
        cases = await run_in_threadpool(testcases.read_cases, folder)
        return await _while_connected(request, checker.judge(executor, language, files, cases))

    return [
        resource("/api/run", POST=_guarded(run, log)),
        resource("/api/submit", POST=_guarded(submit, log)),
    ]


def _guarded(handler: Handler, log: Log) -> Handler:
    """The handler, with the executor's refusals turned into answers."""

    async def serve(request: Request) -> Response:
        try:
            return await handler(request)
        except BusyError as error:
            log.warning("execution refused", reason=str(error), path=request.url.path)
            raise RefusedError(429, f"too many executions: {error}", {"Retry-After": "1"}) from None
        except ExecutionFailedError as error:
            log.error("execution failed", reason=str(error))  # noqa: TRY400  the reason is known; no trace
            raise RefusedError(500, "the program could not be started") from None

    return serve


async def _run(executor: Executor, language: Language, files: dict[str, str], given: str) -> dict[str, str]:
    async with executor.open(language, files) as session:
        if session.missing_tool():
            return {"error": f"{language.name} is not installed in this environment", "result": ""}
        compiled = await session.compile()
        if compiled is not None and not compiled.succeeded:
            return {"error": "compilation failed", "result": _text(compiled.stdout)}
        outcome = await session.run(given, merge=True)
        error = describe(outcome, executor.limits, language.processes)
        return {"error": error, "result": _text(outcome.stdout)}


async def _while_connected(request: Request, work: Coroutine[Any, Any, dict[str, Any]]) -> Response:
    """The answer of `work`, which is given up as soon as the client has left."""
    working = asyncio.create_task(work)
    leaving = asyncio.create_task(_left(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return JSONResponse(working.result())
        return client_left()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _program_of(body: dict[str, Any]) -> tuple[Language, dict[str, str]]:
    """Language and files of a request. Refuses with 400 what cannot be a program."""
    language = LANGUAGES.get(text_field(body, "language", required=True))
    if language is None:
        raise RefusedError(400, f"unsupported language; supported are {', '.join(LANGUAGES)}")
    files = body.get("files")
    if not isinstance(files, dict) or not files:
        raise RefusedError(400, "files must be an object of file name to source, with at least one file")
    if len(files) > _MOST_FILES or not all(isinstance(source, str) for source in files.values()):
        raise RefusedError(400, f"files must hold at most {_MOST_FILES} sources, each a string")
    if not all(is_safe(name) for name in files):
        raise RefusedError(400, "a file name is not acceptable")
    if language.main not in files:
        if len(files) > 1:
            raise RefusedError(400, f"one of the files must be named {language.main}")
        # A single file is the program, whatever the client calls it.
        files = {language.main: next(iter(files.values()))}
    return language, files


def _part_of(body: dict[str, Any], problem: Path) -> int | None:
    """The part a submission is for; a multi-part problem's first when the client names none."""
    part = body.get("PartNumber")
    if part is not None and (not isinstance(part, int) or isinstance(part, bool)):
        raise RefusedError(400, "PartNumber must be a whole number")
    parts = testcases.part_folders(problem)
    if not part:
        return next(iter(parts), None)
    return part if parts else None


def _text(output: bytes) -> str:
    return output.decode("utf-8", "replace")
