"""Routes: confirmation requests, their history, and what decides them."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from proveout_reference.gaia.confirm.confirmations import Confirmations, wish_of
from proveout_reference.gaia.confirm.patterns import Patterns, changed_pattern, new_pattern
from proveout_reference.gaia.confirm.preferences import Preferences, preference_of
from proveout_reference.gaia.http.answers import resource
from proveout_reference.gaia.http.body import read_object
from proveout_reference.gaia.http.fields import count_in_query, word_in_path

_ROOT = "/api/claude/confirm"


def confirm_routes(confirmations: Confirmations, patterns: Patterns, preferences: Preferences) -> list[Route]:
    """The routes below /api/claude/confirm."""
    return [
        *_confirmation_routes(confirmations),
        *_pattern_routes(patterns),
        *_preference_routes(preferences),
    ]


def _confirmation_routes(confirmations: Confirmations) -> list[Route]:
    async def decide(request: Request) -> Response:
        return JSONResponse(await confirmations.decide(wish_of(await read_object(request))))

    async def history(request: Request) -> Response:
        session = word_in_path(request, "session")
        found = await confirmations.history(session, count_in_query(request, "limit", 50, 1000))
        return JSONResponse({"session_id": session, "count": len(found), "history": found})

    async def session_stats(request: Request) -> Response:
        session = word_in_path(request, "session")
        found = await confirmations.stats(session)
        del found["sessions"]
        return JSONResponse({"session_id": session, **found})

    async def stats(_request: Request) -> Response:
        return JSONResponse(await confirmations.stats())

    return [
        resource(f"{_ROOT}/request", POST=decide),
        resource(f"{_ROOT}/history/{{session}}", GET=history),
        resource(f"{_ROOT}/stats/{{session}}", GET=session_stats),
        resource(f"{_ROOT}/stats", GET=stats),
    ]


def _pattern_routes(patterns: Patterns) -> list[Route]:
    async def show_all(_request: Request) -> Response:
        found = await patterns.all()
        return JSONResponse({"count": len(found), "patterns": found})

    async def create(request: Request) -> Response:
        pattern_id = await patterns.create(new_pattern(await read_object(request)))
        return JSONResponse({"message": "Pattern created successfully", "pattern_id": pattern_id}, 201)

    async def show(request: Request) -> Response:
        return JSONResponse(await patterns.get(request.path_params["id"]))

    async def change(request: Request) -> Response:
        pattern_id = request.path_params["id"]
        await patterns.change(pattern_id, changed_pattern(await read_object(request)))
        return JSONResponse({"message": "Pattern updated successfully", "pattern_id": pattern_id})

    async def delete(request: Request) -> Response:
        pattern_id = request.path_params["id"]
        await patterns.delete(pattern_id)
        return JSONResponse({"message": "Pattern deleted successfully", "pattern_id": pattern_id})

    return [
        resource(f"{_ROOT}/patterns", GET=show_all, POST=create),
        resource(f"{_ROOT}/patterns/{{id}}", GET=show, PUT=change, DELETE=delete),
    ]


def _preference_routes(preferences: Preferences) -> list[Route]:
    async def show(request: Request) -> Response:
        return JSONResponse((await preferences.get(word_in_path(request, "session"))).as_json())

    async def put(request: Request) -> Response:
        preference = preference_of(word_in_path(request, "session"), await read_object(request))
        await preferences.put(preference)
        return JSONResponse({"message": "Preference updated successfully", **preference.as_json()})

    return [resource(f"{_ROOT}/preferences/{{session}}", GET=show, POST=put)]
