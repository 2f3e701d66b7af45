"""Answers: how a handler refuses, and how one path serves several methods."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from proveout_reference.gaia.database.database import UnavailableError

_CLIENT_LEFT = 499  # nobody reads it; the log does
_MOST_DROPPED = 16 * 1024 * 1024
_DROP_SECONDS = 5.0

Handler = Callable[[Request], Awaitable[Response]]


class RefusedError(Exception):
    """A request that is not served: `status` is the HTTP status, `message` is for the person who asked.

    `detail` says more where the settings allow it.
    """

    def __init__(
        self, status: int, message: str, headers: dict[str, str] | None = None, *, detail: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers
        self.detail = detail


class Answers:
    """The answers to what goes wrong; `verbose` adds what a developer wants to know."""

    def __init__(self, *, verbose: bool) -> None:
        self._verbose = verbose
        self.handlers: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
            RefusedError: self._on_refused,
            UnavailableError: self._on_unavailable,
            HTTPException: self._on_http_error,
            ClientDisconnect: self._on_client_left,
            Exception: self._on_crash,
        }

    async def _on_refused(self, request: Request, error: Exception) -> Response:
        if not isinstance(error, RefusedError):
            raise error
        if error.headers and "Connection" in error.headers:
            await _drop_body(request)
        return self._answer(error.status, error.message, error.detail, error.headers)

    async def _on_unavailable(self, _request: Request, error: Exception) -> Response:
        return self._answer(503, "the database is not available", str(error), {"Retry-After": "1"})

    async def _on_http_error(self, _request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        headers = dict(error.headers) if error.headers else None
        if headers and "Allow" in headers:
            headers["Allow"] = ", ".join(sorted(headers["Allow"].split(", ")))
        return self._answer(error.status_code, error.detail.lower(), "", headers)

    async def _on_client_left(self, _request: Request, _error: Exception) -> Response:
        return Response(status_code=_CLIENT_LEFT)

    async def _on_crash(self, _request: Request, error: Exception) -> Response:
        return self._answer(500, "internal error", f"{type(error).__name__}: {error}", None)

    def _answer(self, status: int, message: str, detail: str, headers: dict[str, str] | None) -> Response:
        body = {"error": message}
        if self._verbose and detail:
            body["detail"] = detail
        return JSONResponse(body, status, headers)


def resource(path: str, **methods: Handler) -> Route:
    """One path with a handler for each of its methods; GET answers HEAD too, others get 405 and `Allow`."""

    async def serve(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await methods[method](request)

    return Route(path, serve, methods=list(methods))


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
