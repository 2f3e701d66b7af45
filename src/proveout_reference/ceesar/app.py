"""App: the whole application put together from its parts."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp

from proveout_reference.ceesar.agents import agent_routes
from proveout_reference.ceesar.answers import (
    RefusedError,
    on_client_left,
    on_crash,
    on_http_error,
    on_refused,
)
from proveout_reference.ceesar.cors import Cors
from proveout_reference.ceesar.executor.executor import Executor
from proveout_reference.ceesar.health import health_routes
from proveout_reference.ceesar.log import Log
from proveout_reference.ceesar.page import page_routes
from proveout_reference.ceesar.problem_routes import problem_routes
from proveout_reference.ceesar.problems import ProblemStore
from proveout_reference.ceesar.requests_seen import RequestsSeen
from proveout_reference.ceesar.run_routes import run_routes
from proveout_reference.ceesar.settings import Settings
from proveout_reference.ceesar.uploads import upload_routes


def build_app(settings: Settings, log: Log, store: ProblemStore, executor: Executor) -> ASGIApp:
    """The ASGI application: log and headers outermost, then CORS, then the routes."""
    routes = [
        *page_routes(),
        *health_routes(settings),
        *problem_routes(store, log),
        *upload_routes(store),
        *run_routes(store, executor, log),
        *agent_routes(settings, log),
    ]
    handlers = {
        RefusedError: on_refused,
        HTTPException: on_http_error,
        ClientDisconnect: on_client_left,
        Exception: on_crash,
    }
    starlette = Starlette(routes=routes, exception_handlers=handlers)
    starlette.router.redirect_slashes = False
    return RequestsSeen(Cors(starlette, settings.frontend_origin), log)
