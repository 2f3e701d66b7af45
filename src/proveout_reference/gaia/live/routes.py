"""Routes: the WebSocket of the dashboard and how it fares."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, WebSocketRoute

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.http.answers import resource
from proveout_reference.gaia.live.listeners import BEAT_SECONDS, Listeners


def live_routes(listeners: Listeners, clock: Clock) -> list[BaseRoute]:
    """GET /api/ws/health and WS /ws/admin/quotas."""

    async def health(_request: Request) -> Response:
        answer = {
            "status": "healthy",
            "connected_clients": listeners.count,
            "max_connections": listeners.most,
            "interval_seconds": BEAT_SECONDS,
            "timestamp": clock.text(),
        }
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    return [resource("/api/ws/health", GET=health), WebSocketRoute("/ws/admin/quotas", listeners.serve)]
