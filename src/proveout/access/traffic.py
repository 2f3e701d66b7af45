"""Traffic: every request of a web page passes the guard before it leaves, and is remembered."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

import httpx

from proveout.model.wording import plain
from proveout.safety.guard import Guard, Refused

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Request, Response, Route, WebSocketRoute

SCHEMES = {"ws": "http", "wss": "https"}
PORTS = {"http": 80, "https": 443}
FOR_GOOD = frozenset({"document", "script", "stylesheet"})  # a page that lacks one of these is broken
TOLD = ("ERR_ABORTED", "ERR_HTTP_RESPONSE_CODE_FAILURE")  # left by the page, or its status was noted
ENDLESS = frozenset({"eventsource", "websocket", "media"})


class Traffic:
    """What the pages of one context ask for.

    `foreign` are addresses beyond the target that were not asked, `failed` the parts of the page that the
    target did not deliver, `refused` the first call that the guard did not let out, `status` that of the
    last page.
    """

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.foreign: list[str] = []
        self.failed: list[str] = []
        self.asked: list[str] = []
        self.answers: dict[str, Response] = {}
        self.refused: Refused | None = None
        self.status: int | None = None
        self._open: dict[Request, AbstractContextManager[None]] = {}

    @property
    def waiting(self) -> bool:
        """Return whether an answer is still on its way."""
        return any(request.resource_type not in ENDLESS for request in self._open)

    def watch(self, context: "BrowserContext") -> None:
        """Judge all requests of a context from now on."""
        context.route(re.compile(""), self._route)
        context.route_web_socket(re.compile(""), self._socket)
        context.on("response", self._answered)
        context.on("requestfinished", self._ended)
        context.on("requestfailed", self._broken)

    def watch_redirects(self, page: "Page") -> None:
        """Judge where answers redirect this page, and the pages it opens, to: routes do not see that."""
        session = page.context.new_cdp_session(page)

        def paused(event: dict[str, Any]) -> None:
            request, number = event["request"], {"requestId": event["requestId"]}
            if "redirectedRequestId" not in event:
                session.send("Fetch.continueRequest", number)
                return
            with self._passage(request["method"], request["url"]) as passage:
                if passage is not None:
                    session.send("Fetch.continueRequest", number)
                else:
                    session.send("Fetch.failRequest", {**number, "errorReason": "BlockedByClient"})

        session.on("Fetch.requestPaused", paused)
        session.send("Fetch.enable", {"patterns": [{"urlPattern": "*"}]})
        page.on("popup", self.watch_redirects)

    def close(self) -> None:
        """Let go of the requests that never ended."""
        for passage in self._open.values():
            passage.__exit__(None, None, None)
        self._open.clear()

    def _admitted(self, method: str, url: str) -> AbstractContextManager[None] | None:
        """Return the entered passage of a request, or None if it may not leave."""
        place = _place(url)
        policy = self.guard.policy
        if place is None or place[:3] != (policy.scheme, policy.host, policy.port):
            where = plain(url.partition("?")[0])
            if where not in self.foreign:
                self.foreign.append(where)
            return None
        passage = self.guard.passage(method, *place)
        try:
            passage.__enter__()
        except Refused as refused:
            self.refused = self.refused or refused
            return None
        return passage

    @contextmanager
    def _passage(self, method: str, url: str) -> Iterator[AbstractContextManager[None] | None]:
        passage = self._admitted(method, url)
        try:
            yield passage
        finally:
            if passage is not None:
                passage.__exit__(None, None, None)

    def _route(self, route: "Route") -> None:
        request = route.request
        passage = self._admitted(request.method, request.url)
        if passage is None:
            route.abort("blockedbyclient")
            return
        self._open[request] = passage  # left when the answer is complete: until then it is in flight
        route.continue_()

    def _socket(self, socket: "WebSocketRoute") -> None:
        # A connection that stays is counted once, not held: it would look like a request that hangs.
        with self._passage("GET", socket.url) as passage:
            if passage is not None:
                socket.connect_to_server()
            else:
                socket.close(code=1008, reason="not let out")

    def _answered(self, response: "Response") -> None:
        request = response.request
        call = f"{request.method} {_path(request.url)}"
        if request.resource_type in {"fetch", "xhr"}:
            self.asked.append(f"{call} {response.status}")
            self.answers[call] = response
        if request.is_navigation_request():
            self.status = response.status
        if response.status >= 400 and request.resource_type in FOR_GOOD:
            self.failed.append(f"{call} answered {response.status}")

    def _ended(self, request: "Request") -> None:
        passage = self._open.pop(request, None)
        if passage is not None:
            passage.__exit__(None, None, None)

    def _broken(self, request: "Request") -> None:
        ours = request in self._open
        self._ended(request)
        reason = request.failure or "no answer"
        if ours and request.resource_type in FOR_GOOD and not any(told in reason for told in TOLD):
            self.failed.append(f"{request.method} {_path(request.url)}: {reason.removeprefix('net::')}")


def _place(url: str) -> tuple[str, str, int, str] | None:
    """Return scheme, host, port and path of a URL, as the transport names them."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        return None
    scheme = SCHEMES.get(parts.scheme, parts.scheme)
    port = parts.port or PORTS.get(scheme)
    return (scheme, parts.host, port, parts.raw_path.decode("ascii")) if port else None


def _path(url: str) -> str:
    place = _place(url)
    return plain(place[3].partition("?")[0] if place else url)
