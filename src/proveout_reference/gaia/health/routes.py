"""Routes: GET /health, for load balancers and people on call."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.health.health import Health
from proveout_reference.gaia.http.answers import resource
from proveout_reference.gaia.settings import Settings


def health_routes(health: Health, settings: Settings, clock: Clock) -> list[Route]:
    """GET /health: 200 when healthy, 503 with the reason when not."""

    async def show(_request: Request) -> Response:
        verdict = await health.verdict()
        answer = {
            "status": "healthy" if verdict.healthy else "unhealthy",
            "environment": settings.env,
            "version": settings.version,
            "database": "ok" if verdict.healthy else "failing",
            "timestamp": clock.text(),
        }
        if not verdict.healthy:
            answer["reason"] = verdict.reason
        status = 200 if verdict.healthy else 503
        return JSONResponse(answer, status, headers={"Cache-Control": "no-store"})

    return [resource("/health", GET=show)]
