"""Routes: what the self-improvement is, did and found, and what others ask it to look at."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from proveout_reference.gaia.http.answers import resource
from proveout_reference.gaia.http.body import read_object
from proveout_reference.gaia.http.fields import count_in_query, text_field, word_field
from proveout_reference.gaia.improvement.improvement import Improvement

_ROOT = "/api/improvement"


def improvement_routes(improvement: Improvement) -> list[Route]:
    """The routes below /api/improvement."""
    records = improvement.records

    async def status(_request: Request) -> Response:
        last = await records.cycles(1)
        answer = {
            **improvement.as_json(),
            "cycles": last[0]["cycle"] if last else 0,
            "last_cycle": last[0] if last else None,
        }
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    async def cycles(request: Request) -> Response:
        found = await records.cycles(count_in_query(request, "limit", 20, 200))
        return JSONResponse({"count": len(found), "cycles": found})

    async def tests(request: Request) -> Response:
        found = await records.test_runs(count_in_query(request, "limit", 20, 200))
        return JSONResponse({"count": len(found), "tests": found})

    async def items(request: Request) -> Response:
        found = await records.items(count_in_query(request, "limit", 100, 1000))
        return JSONResponse({"count": len(found), "items": found})

    async def add_item(request: Request) -> Response:
        body = await read_object(request)
        kind, subject = word_field(body, "kind", 100), word_field(body, "subject", 200)
        detail, origin = text_field(body, "detail", 500, default=""), word_field(body, "origin", 100)
        item = await run_in_threadpool(records.keep_item, kind, subject, detail, origin, "open")
        return JSONResponse(item, 201)

    return [
        resource(f"{_ROOT}/status", GET=status),
        resource(f"{_ROOT}/cycles", GET=cycles),
        resource(f"{_ROOT}/tests", GET=tests),
        resource(f"{_ROOT}/items", GET=items, POST=add_item),
    ]
