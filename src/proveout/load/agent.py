"""The guarded agent: the only way the load takes to the target, whatever a locustfile asks of its client.

Only users.py imports this module: locust patches sockets and threads on import.
"""

from typing import Any

import gevent
from locust.contrib.fasthttp import LocustUserAgent

from proveout.load.order import Order
from proveout.safety.guard import Refused

CHUNK = 64 * 1024


class TooLargeError(OSError):
    """An answer is larger than the budget; an OSError, because locust counts those as failed requests."""


class GuardedAgent(LocustUserAgent):
    """Asks the policy first, follows no redirect, knows no proxy and no cookie, bounds time and bytes."""

    def __init__(self, order: Order) -> None:
        super().__init__(
            max_redirects=0,
            max_retries=0,
            headers={"User-Agent": "proveout"},
            insecure=False,
            ssl_context_factory=gevent.ssl.create_default_context,
            concurrency=order.in_flight,
            connection_timeout=order.answer,
            network_timeout=order.answer,
        )
        self.order = order
        self.requests = 0
        self.refused: list[str] = []

    def _urlopen(self, request: Any) -> Any:
        """Send one request; every method of locust's client ends here.

        Raises:
            Refused: the policy objects, or the requests are used up. It is remembered, too.
            OSError: no complete answer in time (TimeoutError), too large a one, or none.
        """
        objection = self._objection(request.method, request.url_split)
        if objection is not None:
            self.refused.append(objection)
            raise Refused(objection)
        self.requests += 1
        request.headers["accept-encoding"] = "identity"
        patience = self.order.answer
        # gevent's time-out covers all of it; the ones of the connection begin anew with every byte.
        with gevent.Timeout(patience, TimeoutError(f"no complete answer within {patience:g} s")):
            response = super()._urlopen(request)  # type: ignore[no-untyped-call]
            response._cached_content = self._body(response)  # noqa: SLF001 - what `content` returns
        return response

    def _objection(self, method: str, url: Any) -> str | None:
        order = self.order
        if self.requests >= order.requests:
            return f"the run's budget of requests is used up ({order.requests} were left for the load)"
        return order.policy.objection(
            order.effect,
            method,
            scheme=url.scheme,
            host=url.host,
            port=url.port,
            path=url.quoted_uri,
        )

    def _body(self, response: Any) -> bytes:
        body = b""
        while part := response.read(CHUNK):
            body += part
            if len(body) > self.order.body:
                response.release()
                raise TooLargeError(f"the body is larger than the budget of {self.order.body} bytes")
        return body

    def _verify_status(self, status_code: int, url: Any = None) -> None:
        """Accept every status: whether it is the right one is judged together with the content."""

    def _handle_error(self, e: BaseException, url: Any = None) -> BaseException:  # noqa: ARG002
        """Raise every error as it is: nothing is tried again."""
        raise e
