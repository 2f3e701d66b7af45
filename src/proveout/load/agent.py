"""The guarded agent: the only way a FastHttpUser takes to the target, whatever it asks of its client.

Only what runs within locust imports this module: locust patches sockets and threads on import.
"""

from functools import cache
from http.cookiejar import CookieJar
from typing import Any

import gevent
import gevent.ssl
from locust.contrib.fasthttp import FastHttpUser, LocustUserAgent

from proveout.load.allowance import Allowance
from proveout.load.patience import Patience
from proveout.safety.guard import Refused

CHUNK = 64 * 1024


class TooLargeError(OSError):
    """An answer is larger than the budget; an OSError, because locust counts those as failed requests."""


@cache
def _trusting() -> Any:
    """Return what all connections trust: reading the certificates of the machine takes long."""
    return gevent.ssl.create_default_context()


class Cookies:
    """A jar that is only opened if something is in it, or comes: most servers under load send no cookie."""

    def __init__(self, jar: CookieJar) -> None:
        self._jar = jar

    def add_cookie_header(self, request: Any) -> None:
        """Put what the jar holds for a request on it."""
        if next(iter(self._jar), None) is not None:
            self._jar.add_cookie_header(request)

    def extract_cookies(self, response: Any, request: Any) -> None:
        """Keep what a response brings."""
        if "set-cookie" in response.headers:
            self._jar.extract_cookies(response, request)


class GuardedAgent(LocustUserAgent):
    """Asks the policy first, follows no redirect, knows no proxy, bounds time and bytes."""

    def __init__(self, allowance: Allowance, patience: Patience, user: FastHttpUser) -> None:
        order = allowance.order
        super().__init__(
            cookiejar=Cookies(user.client.cookiejar),
            max_redirects=0,
            max_retries=0,
            headers={"User-Agent": "proveout", **(user.default_headers or {})},
            insecure=False,
            ssl_context_factory=_trusting,
            concurrency=user.concurrency,
            connection_timeout=order.answer,
            network_timeout=order.answer,
        )
        self._allowance = allowance
        self._patience = patience

    def _urlopen(self, request: Any) -> Any:
        """Send one request; every method of locust's client ends here.

        Raises:
            Refused: the policy objects, or the requests are used up. It is remembered, too.
            GreenletExit: the visit is to come to an end.
            OSError: no complete answer in time (TimeoutError), too large a one, or none.
        """
        allowance, url = self._allowance, request.url_split
        if allowance.closing:
            raise gevent.GreenletExit
        place = (request.method, url.scheme, url.host, url.port)
        objection = None if allowance.reads(place) else allowance.objection(*place, url.quoted_uri)
        if objection is not None:
            raise Refused(objection)
        request.headers["accept-encoding"] = "identity"
        # It covers all of it; the time-outs of the connection begin anew with every byte.
        with self._patience:
            response = super()._urlopen(request)  # type: ignore[no-untyped-call]
            response._cached_content = self._body(response)  # noqa: SLF001 - what `content` returns
        return response

    def _body(self, response: Any) -> bytes:
        most = self._allowance.order.body
        body: bytes = response.read(CHUNK)
        last = len(body)
        while last == CHUNK and len(body) <= most:  # less than was asked for is the end
            part = response.read(CHUNK)
            last = len(part)
            body += part
        if len(body) > most:
            response.release()
            raise TooLargeError(f"the body is larger than the budget of {most} bytes")
        return body

    def _handle_error(self, e: BaseException, url: Any = None) -> BaseException:  # noqa: ARG002
        """Raise every error as it is: nothing is tried again."""
        raise e
