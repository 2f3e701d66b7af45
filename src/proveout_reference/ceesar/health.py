"""Health and configuration: what a load balancer and the web page ask first."""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from proveout_reference.ceesar import VERSION
from proveout_reference.ceesar.answers import resource
from proveout_reference.ceesar.settings import Settings


def health_routes(settings: Settings) -> list[Route]:
    """GET /api/health and GET /api/config."""

    async def health(_request: Request) -> Response:
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        answer = {
            "status": "healthy",
            "environment": settings.app_env,
            "version": VERSION,
            "timestamp": now,
        }
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    async def config(_request: Request) -> Response:
        answer = {
            "environment": settings.app_env,
            "enablePairProgramming": settings.enable_pair_programming,
            "enableSystemDesignAgent": settings.enable_system_design_agent,
            "defaultAIProvider": settings.default_ai_provider,
        }
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    return [resource("/api/health", GET=health), resource("/api/config", GET=config)]
