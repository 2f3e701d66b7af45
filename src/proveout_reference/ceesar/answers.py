"""Answers: how a handler refuses, and how one path serves several methods."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

_CLIENT_LEFT = 499  # nobody reads it; the log does
_MOST_DROPPED = 16 * 1024 * 1024
_DROP_SECONDS = 5.0

Handler = Callable[[Request], Awaitable[Response]]


class RefusedError(Exception):
    """A request that is not served: `status` is the HTTP status, `message` is for the person who asked."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


def resource(path: str, **methods: Handler) -> Route:
    """One path with a handler for each of its methods; GET answers HEAD too, others get 405 and `Allow`."""

    async def serve(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await methods[method](request)

    return Route(path, serve, methods=list(methods))


async def on_refused(request: Request, error: Exception) -> Response:
    """The answer to a refusal: `{"error": message}`."""
    if not isinstance(error, RefusedError):
        raise error
    if error.headers and "Connection" in error.headers:
        await _drop_body(request)
    return JSONResponse({"error": error.message}, status_code=error.status, headers=error.headers)


async def on_http_error(_request: Request, error: Exception) -> Response:
    """The answer to what the router refuses, such as an unknown path or method."""
    if not isinstance(error, HTTPException):
        raise error
    headers = dict(error.headers) if error.headers else None
    if headers and "Allow" in headers:
        headers["Allow"] = ", ".join(sorted(headers["Allow"].split(", ")))
    return JSONResponse({"error": error.detail.lower()}, status_code=error.status_code, headers=headers)


async def _drop_body(request: Request) -> None:
    """Reads on for a while: a connection closed on a client that still sends loses the answer."""
    dropped = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_DROP_SECONDS):
            while dropped < _MOST_DROPPED:
                message = await request.receive()
                dropped += len(message.get("body", b""))
                if not message.get("more_body"):
                    return


async def on_client_left(_request: Request, _error: Exception) -> Response:
    """The answer to a client that has left: nobody reads it, the log line shows it."""
    return client_left()


def client_left() -> Response:
    """What stands in for an answer when the client has left."""
    return Response(status_code=_CLIENT_LEFT)


async def on_crash(_request: Request, _error: Exception) -> Response:
    """The answer when a handler fails: nothing about the inside."""
    return JSONResponse({"error": "internal error"}, status_code=500)
