"""CORS: either every origin may call the API from a browser, or none."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = "DELETE, GET, HEAD, POST, PUT"
_PREFLIGHT_SECONDS = "600"


class Cors:
    """Adds the grant for all origins where `allow_all`, and answers preflight requests."""

    def __init__(self, app: ASGIApp, *, allow_all: bool) -> None:
        self._app = app
        self._allow_all = allow_all

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_grant(message: Message) -> None:
            if message["type"] == "http.response.start" and self._allow_all:
                MutableHeaders(scope=message)["Access-Control-Allow-Origin"] = "*"
            await send(message)

        headers = Headers(scope=scope)
        is_preflight = scope["method"] == "OPTIONS" and "access-control-request-method" in headers
        if is_preflight and "origin" in headers:
            await self._preflight()(scope, receive, send_with_grant)
        else:
            await self._app(scope, receive, send_with_grant)

    def _preflight(self) -> Response:
        if not self._allow_all:
            return JSONResponse({"error": "this origin is not allowed"}, status_code=403)
        headers = {
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
        }
        return Response(status_code=204, headers=headers)
