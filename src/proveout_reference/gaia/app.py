"""App: the whole application put together from its parts."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from proveout_reference.gaia.confirm.routes import confirm_routes
from proveout_reference.gaia.features import feature_routes
from proveout_reference.gaia.health.routes import health_routes
from proveout_reference.gaia.http.answers import Answers
from proveout_reference.gaia.http.auth import Auth
from proveout_reference.gaia.http.connections import Connections
from proveout_reference.gaia.http.cors import Cors
from proveout_reference.gaia.http.requests_seen import RequestsSeen
from proveout_reference.gaia.improvement.routes import improvement_routes
from proveout_reference.gaia.live.routes import live_routes
from proveout_reference.gaia.page import page_routes
from proveout_reference.gaia.parts import Parts
from proveout_reference.gaia.quotas.routes import quota_routes
from proveout_reference.gaia.tasks.routes import task_routes


def build_app(parts: Parts, open_connections: Callable[[], int]) -> ASGIApp:
    """The ASGI application: what sees every request outermost, then the limits, then the routes."""
    settings = parts.settings
    routes: list[BaseRoute] = [
        *health_routes(parts.health, parts.monitor, settings, parts.clock),
        *page_routes(),
        *quota_routes(parts.rules, parts.quota_status),
        *live_routes(parts.listeners, parts.clock),
        *confirm_routes(parts.confirmations, parts.patterns, parts.preferences),
        *task_routes(parts.tasks, parts.workers),
        *feature_routes(settings, parts.database, parts.clock),
        *improvement_routes(parts.improvement),
    ]
    answers = Answers(verbose=settings.verbose_errors)
    starlette = Starlette(routes=routes, exception_handlers=answers.handlers)
    starlette.router.redirect_slashes = False
    app: ASGIApp = Auth(starlette, "" if settings.skip_auth else settings.admin_token)
    app = Cors(app, allow_all=settings.cors_allow_all)
    app = Connections(app, settings.max_connections, open_connections)
    return RequestsSeen(app, parts.log, parts.metrics, parts.traffic)
