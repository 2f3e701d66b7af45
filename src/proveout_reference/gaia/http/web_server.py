"""Web server: one listener's HTTP, from the first connection to the last answer."""

import asyncio
import contextlib
import math
import socket
from collections.abc import Callable, Generator
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from proveout_reference.gaia.http.connections import PatientProtocol

_LARGEST_MESSAGE = 64 * 1024
_PING_SECONDS = 20.0


Build = Callable[[Callable[[], int]], ASGIApp]  # an application that may ask how many connections are open


class WebServer(uvicorn.Server):
    """A server on sockets that are open already; it leaves the signals to the process."""

    def __init__(self, build: Build, listeners: list[socket.socket], grace: float) -> None:
        super().__init__(
            uvicorn.Config(
                build(self.connections),
                http=PatientProtocol,
                ws=_websocket_protocol,  # type: ignore[arg-type]  # made where it is needed
                ws_max_size=_LARGEST_MESSAGE,
                ws_ping_interval=_PING_SECONDS,
                ws_ping_timeout=_PING_SECONDS,
                ws_per_message_deflate=False,
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=math.ceil(grace),
            )
        )
        self.ready = asyncio.Event()
        self._listeners = listeners

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leaves signal handling alone."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to accept, and says so in `ready`."""
        await super().startup(sockets)
        self.ready.set()

    async def run_until_stopped(self) -> None:
        """Serves until `should_exit`, then finishes what is in flight within the grace."""
        await self.serve(sockets=self._listeners)

    def connections(self) -> int:
        """How many connections are open."""
        return len(self.server_state.connections)


def _websocket_protocol(**parts: Any) -> asyncio.Protocol:
    """Loads the WebSocket library with the first client that wants it: most runs never do."""
    from uvicorn.protocols.websockets.websockets_sansio_impl import (  # noqa: PLC0415
        WebSocketsSansIOProtocol,
    )

    return WebSocketsSansIOProtocol(**parts)
