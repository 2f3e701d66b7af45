"""Requests seen: one log line and one count for each request, and the headers every answer carries."""

import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from proveout_reference.gaia.log.log import Log
from proveout_reference.gaia.metrics.metrics import Metrics
from proveout_reference.gaia.metrics.traffic import Traffic

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}
_UNMATCHED = "unmatched"


class RequestsSeen:
    """The outermost layer: what it logs and counts is what the client got, before the client has it all."""

    def __init__(self, app: ASGIApp, log: Log, metrics: Metrics, traffic: Traffic) -> None:
        self._app = app
        self._log = log
        self._metrics = metrics
        self._traffic = traffic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request and remembers its method, path without query, status and time."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        seen = _Seen(scope, self._metrics, self._traffic, self._log)

        async def send_seen(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
                answer = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    answer.setdefault(name, value)
            elif message["type"] == "http.response.body" and not message.get("more_body", False):
                seen.end()
            await send(message)

        self._metrics.in_flight.inc()
        try:
            await self._app(scope, receive, send_seen)
        finally:
            self._metrics.in_flight.dec()
            seen.end()


class _Seen:
    """One request; its end is told once."""

    def __init__(self, scope: Scope, metrics: Metrics, traffic: Traffic, log: Log) -> None:
        self._scope = scope
        self._metrics = metrics
        self._traffic = traffic
        self._log = log
        self._started = time.perf_counter()
        self._ended = False
        self.status = 500  # what the client gets when a handler fails before it answers

    def end(self) -> None:
        if self._ended:
            return
        self._ended = True
        seconds = time.perf_counter() - self._started
        method: str = self._scope["method"]
        route = _route_of(self._scope)
        self._metrics.request(method, route, self.status, seconds)
        self._traffic.add(route, self.status, seconds)
        say = self._log.info
        if self.status >= 500:
            say = self._log.error
        elif self.status >= 400:
            say = self._log.warning
        say(
            "request",
            method=method,
            path=self._scope["path"],
            status=self.status,
            ms=round(seconds * 1000, 1),
        )
        headers = Headers(scope=self._scope)
        self._log.debug(
            "request details",
            route=route,
            client=_client_of(self._scope),
            agent=headers.get("user-agent", ""),
            bytes=headers.get("content-length", "0"),
        )


def _route_of(scope: Scope) -> str:
    """The pattern of the route, of which there are few, never the path, of which there are any number."""
    route = scope.get("route")
    return getattr(route, "path", _UNMATCHED)


def _client_of(scope: Scope) -> str:
    client = scope.get("client")
    return f"{client[0]}:{client[1]}" if client else "unknown"
