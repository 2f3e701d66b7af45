"""Listeners: the WebSocket clients, each told the figures on its own beat; a slow one is let go."""

import asyncio
import json
from contextlib import suppress
from typing import Any

from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.database.database import UnavailableError
from proveout_reference.gaia.log.log import Log
from proveout_reference.gaia.metrics.metrics import Metrics
from proveout_reference.gaia.quotas.status import QuotaStatus

BEAT_SECONDS = 5.0
_SEND_SECONDS = 5.0
_FRESH_SECONDS = 1.0


class Listeners:
    """At most `most` clients at once."""

    def __init__(self, status: QuotaStatus, most: int, *, clock: Clock, log: Log, metrics: Metrics) -> None:
        self.most = most
        self._status = status
        self._clock = clock
        self._log = log
        self._metrics = metrics
        self._count = 0
        self._last: tuple[float, dict[str, Any]] | None = None

    @property
    def count(self) -> int:
        """How many listen now."""
        return self._count

    async def serve(self, socket: WebSocket) -> None:
        """Tells one client the figures until it leaves, or refuses it with 503."""
        client = f"{socket.client.host}:{socket.client.port}" if socket.client else "unknown"
        if self._count >= self.most:
            self._log.warning("listener refused", client=client, path=socket.url.path, status=503)
            await socket.send_denial_response(JSONResponse({"error": "too many listeners"}, 503))
            return
        self._change(1)
        try:
            await socket.accept()
            self._log.info("listener came", client=client, path=socket.url.path, listeners=self._count)
            await self._converse(socket)
        finally:
            self._change(-1)
            self._log.info("listener left", client=client, path=socket.url.path, listeners=self._count)

    async def _converse(self, socket: WebSocket) -> None:
        telling = asyncio.create_task(self._tell(socket))
        hearing = asyncio.create_task(self._hear(socket))
        try:
            await asyncio.wait({telling, hearing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (telling, hearing):
                task.cancel()
            ended = await asyncio.gather(telling, hearing, return_exceptions=True)
        for error in ended:
            if isinstance(error, TimeoutError):
                self._log.warning("listener dropped", reason="it does not take what it is sent")
            elif isinstance(error, Exception) and not isinstance(error, (WebSocketDisconnect, RuntimeError)):
                raise error

    async def _tell(self, socket: WebSocket) -> None:
        await self._send(socket, "connected", {"interval_seconds": BEAT_SECONDS})
        due = self._clock.monotonic()
        while True:
            try:
                await self._send(socket, "stats", await self._figures())
            except UnavailableError:
                await self._send(socket, "error", {"error": "the database is not available"})
            due += BEAT_SECONDS
            await self._clock.sleep(max(0.0, due - self._clock.monotonic()))

    async def _hear(self, socket: WebSocket) -> None:
        """Answers pings and takes everything else without a word, so that a leaving client is noticed."""
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            with suppress(ValueError, RecursionError):
                said = json.loads(message.get("text") or "null")
                if isinstance(said, dict) and said.get("type") == "ping":
                    await self._send(socket, "pong", None)

    async def _send(self, socket: WebSocket, kind: str, data: dict[str, Any] | None) -> None:
        message: dict[str, Any] = {"type": kind, "timestamp": self._clock.text()}
        if data is not None:
            message["data"] = data
        async with asyncio.timeout(_SEND_SECONDS):
            await socket.send_text(json.dumps(message))

    async def _figures(self) -> dict[str, Any]:
        """The figures, counted once for all who ask within a second."""
        now = self._clock.monotonic()
        if self._last is None or now - self._last[0] >= _FRESH_SECONDS:
            self._last = (now, await self._status.figures())
        return {**self._last[1], "connected_clients": self._count}

    def _change(self, by: int) -> None:
        self._count += by
        self._metrics.websocket_clients.set(self._count)
