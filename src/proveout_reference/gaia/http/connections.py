"""Connections: how many clients are served at once, and how long one may stay silent."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_SILENT_SECONDS = 20.0


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that closes a connection which has not sent a whole request head in time."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Starts the watch over a new connection."""
        super().connection_made(transport)
        self.loop.call_later(_SILENT_SECONDS, self._close_when_silent)

    def _close_when_silent(self) -> None:
        if self.cycle is None and not self.transport.is_closing():
            self.transport.abort()


class Connections:
    """Answers 503 to a request on a connection beyond the limit, and closes it."""

    def __init__(self, app: ASGIApp, most: int, open_now: Callable[[], int]) -> None:
        self._app = app
        self._most = most
        self._open_now = open_now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request, or refuses it."""
        if self._open_now() <= self._most:
            await self._app(scope, receive, send)
            return
        headers = {"Connection": "close", "Retry-After": "1"}
        body: dict[str, Any] = {"error": "too many connections"}
        await JSONResponse(body, 503, headers)(scope, receive, send)
