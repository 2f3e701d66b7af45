"""The guarded adapter: the only way an HttpUser, which sends with requests, takes to the target.

Only what runs within locust imports this module: locust patches sockets and threads on import.
"""

from typing import Any
from urllib.parse import urlsplit

import gevent
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as NoAnswerError
from requests.exceptions import ReadTimeout

from proveout.load.agent import CHUNK
from proveout.load.allowance import Allowance
from proveout.providers.address import port_of
from proveout.safety.guard import Refused


class GuardedAdapter(HTTPAdapter):
    """Asks the policy before every request, also before that of a redirect; bounds time and bytes."""

    def __init__(self, allowance: Allowance) -> None:
        super().__init__(max_retries=0)
        self._allowance = allowance

    def send(self, request: PreparedRequest, *_: Any, **options: Any) -> Response:
        """Send one request and read all of its answer.

        Raises:
            Refused: the policy objects, or the requests are used up. It is remembered, too.
            GreenletExit: the visit is to come to an end.
            RequestException: no complete answer in time, too large a one, or none.
        """
        allowance, parts = self._allowance, urlsplit(request.url or "")
        if allowance.closing:
            raise gevent.GreenletExit
        objection = allowance.objection(
            request.method or "",
            parts.scheme,
            parts.hostname or "",
            port_of(request.url or ""),
            request.path_url,
        )
        if objection is not None:
            raise Refused(objection)
        patience = allowance.order.answer
        options |= {"stream": True, "timeout": patience, "proxies": {}, "verify": True, "cert": None}
        # The time-out of requests begins anew with every byte.
        with gevent.Timeout(patience, ReadTimeout(f"no complete answer within {patience:g} s")):
            response = super().send(request, **options)
            response._content = self._body(response)  # noqa: SLF001 - what `content` returns
        return response

    def _body(self, response: Response) -> bytes:
        most, body = self._allowance.order.body, b""
        for part in response.iter_content(CHUNK):
            body += part
            if len(body) > most:
                response.close()
                raise NoAnswerError(f"the body is larger than the budget of {most} bytes")
        return body
