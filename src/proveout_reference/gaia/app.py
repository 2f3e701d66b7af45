"""App: the whole application put together from its parts."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from proveout_reference.gaia.health.routes import health_routes
from proveout_reference.gaia.http.answers import Answers
from proveout_reference.gaia.http.auth import Auth
from proveout_reference.gaia.http.connections import Connections
from proveout_reference.gaia.http.cors import Cors
from proveout_reference.gaia.http.requests_seen import RequestsSeen
from proveout_reference.gaia.parts import Parts


def build_app(parts: Parts, open_connections: Callable[[], int]) -> ASGIApp:
    """The ASGI application: what sees every request outermost, then the limits, then the routes."""
    settings = parts.settings
    routes: list[BaseRoute] = [
        *health_routes(parts.health, settings, parts.clock),
    ]
    answers = Answers(verbose=settings.verbose_errors)
    starlette = Starlette(routes=routes, exception_handlers=answers.handlers)
    starlette.router.redirect_slashes = False
    app: ASGIApp = Auth(starlette, "" if settings.skip_auth else settings.admin_token)
    app = Cors(app, allow_all=settings.cors_allow_all)
    app = Connections(app, settings.max_connections, open_connections)
    return RequestsSeen(app, parts.log, parts.metrics, parts.traffic)
