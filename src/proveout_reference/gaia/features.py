"""Features: what this environment offers, and the ones that are still experiments."""

import sqlite3
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.database.database import Database
from proveout_reference.gaia.http.answers import RefusedError, resource
from proveout_reference.gaia.settings import Settings

_MOST_KINDS = 20
_KINDS = """SELECT permission_type, count(*) AS requests, sum(decision = 'ask') AS asked
    FROM confirmations GROUP BY permission_type ORDER BY requests DESC LIMIT ?"""


def feature_routes(settings: Settings, database: Database, clock: Clock) -> list[Route]:
    """GET /api/features, and the experiments, which answer 404 where they are off."""

    async def show(_request: Request) -> Response:
        return JSONResponse({"environment": settings.env, "features": _features(settings)})

    async def insights(_request: Request) -> Response:
        if not settings.experimental_features:
            raise RefusedError(404, "not found")
        kinds = await database.read(_kinds)
        return JSONResponse({"most_asked_for": kinds, "timestamp": clock.text()})

    return [
        resource("/api/features", GET=show),
        resource("/api/experimental/insights", GET=insights),
    ]


def _features(settings: Settings) -> list[dict[str, Any]]:
    mature = {
        "quotas": True,
        "confirmations": True,
        "live-figures": True,
        "tasks": settings.task_queue,
        "backups": settings.db_backup_enabled,
        "self-improvement": settings.self_improve,
    }
    features = [{"name": name, "enabled": enabled, "experimental": False} for name, enabled in mature.items()]
    experiment = {"name": "insights", "enabled": settings.experimental_features, "experimental": True}
    return [*features, experiment]


def _kinds(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(_KINDS, (_MOST_KINDS,))]
