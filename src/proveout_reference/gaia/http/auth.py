"""Auth: who may change something. Reading is open to all who reach the server."""

import hmac

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_READING = {"GET", "HEAD", "OPTIONS"}


class Auth:
    """Asks for the admin token before a request that changes something; an empty token asks nobody."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request, or refuses it with 401."""
        if scope["type"] != "http" or scope["method"] in _READING or self._may_pass(scope):
            await self._app(scope, receive, send)
            return
        headers = {"WWW-Authenticate": 'Bearer realm="GAIA_GO"', "Connection": "close"}
        await JSONResponse({"error": "an admin token is required"}, 401, headers)(scope, receive, send)

    def _may_pass(self, scope: Scope) -> bool:
        if not self._token:
            return True
        scheme, _, given = Headers(scope=scope).get("authorization", "").partition(" ")
        is_right = hmac.compare_digest(given.strip().encode("latin-1", "replace"), self._token)
        return scheme.lower() == "bearer" and is_right
