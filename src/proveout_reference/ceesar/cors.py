"""CORS: the one configured origin may call the API from a browser; no other gets a grant."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = "DELETE, GET, HEAD, POST, PUT"
_PREFLIGHT_SECONDS = "600"


class Cors:
    """Adds the grant for `origin` (empty: for nobody) and answers preflight requests."""

    def __init__(self, app: ASGIApp, origin: str) -> None:
        self._app = app
        self._origin = origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        granted = bool(self._origin) and origin == self._origin

        async def send_with_grant(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer.add_vary_header("Origin")  # always: a cache must not mix the two kinds of answer
                if granted:
                    answer["Access-Control-Allow-Origin"] = self._origin
            await send(message)

        is_preflight = scope["method"] == "OPTIONS" and "access-control-request-method" in headers
        if is_preflight and origin is not None:
            await _preflight(granted=granted)(scope, receive, send_with_grant)
        else:
            await self._app(scope, receive, send_with_grant)


def _preflight(*, granted: bool) -> Response:
    if not granted:
        return JSONResponse({"error": "this origin is not allowed"}, status_code=403)
    headers = {
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Allow-Headers": "Content-Type",
        "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
    }
    return Response(status_code=204, headers=headers)
