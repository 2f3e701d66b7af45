"""Routes: the health of now, for load balancers, and of lately, for people on call."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.health.health import Health
from proveout_reference.gaia.health.monitor import Monitor
from proveout_reference.gaia.http.answers import resource
from proveout_reference.gaia.http.fields import count_in_query
from proveout_reference.gaia.settings import Settings


def health_routes(health: Health, monitor: Monitor | None, settings: Settings, clock: Clock) -> list[Route]:
    """GET /health: 200 when healthy, 503 with the reason when not; GET /api/health/checks: its history."""

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

    async def checks(request: Request) -> Response:
        most = count_in_query(request, "limit", 50, 1000)
        found = await monitor.recent(most) if monitor is not None else []
        answer = {
            "enabled": monitor is not None,
            "interval_seconds": settings.health_check_interval,
            "last_check": found[0]["time"] if found else None,
            "checks": found,
        }
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    return [resource("/health", GET=show), resource("/api/health/checks", GET=checks)]
