"""GuardedUser: a locust user that asks with a name and looks at what is answered; journeys derive from it.

Only a file of journeys imports this module: locust patches sockets and threads on import.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from locust import FastHttpUser

from proveout.load.order import Order

OK = 200


class UnfitError(Exception):
    """A visit did not get what it asked for; the text says which request and why. The request has failed."""


class GuardedUser(FastHttpUser):
    """A user of the target: every request passes the guard, has a name, and its answer is looked at.

    `order` is what the load is to do, `number` that of the visit within the whole profile.
    """

    abstract = True
    concurrency = 1  # a person does one thing after the other, over one connection
    order: Order
    number = 0

    def take(self, order: Order) -> None:
        """Take over what is to be done; before `on_start`."""
        self.order = order

    @property
    def definition(self) -> dict[str, Any]:
        """Return the definition of the environment, as its file says it."""
        return self.order.definition

    def may(self, method: str, path: str) -> bool:
        """Return whether the policy lets a request out."""
        policy = self.order.policy
        objection = policy.objection(
            self.order.effect,
            method,
            scheme=policy.scheme,
            host=policy.host,
            port=policy.port,
            path=policy.base + path,
        )
        return objection is None

    def beside(self, path: str) -> str | None:
        """Return the URL of a path at the target's other listener, such as metrics; None if it has none."""
        others = sorted(self.order.policy.beside)
        return f"{others[0][0]}://{others[0][1]}:{others[0][2]}{path}" if others else None

    def ask(
        self,
        method: str,
        path: str,
        *,
        fits: Callable[[Any], bool],
        name: str = "",
        content: object = None,
        status: int = OK,
    ) -> Any:
        """Send one request and return the answer's JSON.

        `fits` says whether the JSON is what was asked for: a status alone is no answer. `name` stands for
        the path where paths are many; `content` is sent as JSON.

        Raises:
            UnfitError: no answer, another status, not JSON, or not what was asked for.
            Refused: the guard did not let the request out.
        """
        return self._asked(method, path, name, fits, _json, status=status, json=content)

    def read(self, url: str, *, fits: Callable[[str], bool], name: str = "") -> str:
        """GET a path, or a URL of `beside`, and return the answer's text: a page, figures.

        Raises:
            UnfitError: no answer, another status than 200, or not what was asked for.
            Refused: the guard did not let the request out.
        """
        text: str = self._asked("GET", url, name or urlsplit(url).path, fits, _text, status=OK)
        return text

    def _asked(
        self,
        method: str,
        url: str,
        name: str,
        fits: Callable[[Any], bool],
        reading: Callable[[bytes], Any],
        *,
        status: int,
        **more: Any,
    ) -> Any:
        name = f"{method} {name or url}"
        with self.client.request(method, url, name=name, catch_response=True, **more) as reply:
            complaint, answer = _complaint(reply, status, fits, reading)
            if complaint:
                reply.failure(complaint if reply.status_code else reply.error)
            else:
                reply.success()
        if complaint:
            raise UnfitError(f"{name} {complaint}")
        return answer


def _complaint(
    reply: Any, status: int, fits: Callable[[Any], bool], reading: Callable[[bytes], Any]
) -> tuple[str, Any]:
    """Return what is wrong with an answer (empty: nothing), and the answer as it reads."""
    if not reply.status_code:
        return f"got no answer: {reply.error}"[:200], None
    body: bytes = reply.content or b""
    said = f"{body[:80]!r}" if body else "an empty body"
    if reply.status_code != status:
        return f"answered {reply.status_code}: {said}", None
    try:
        answer = reading(body)
    except (ValueError, RecursionError):
        return f"answered what cannot be read: {said}", None
    return ("", answer) if fits(answer) else (f"answered something else than asked for: {said}", None)


def _json(body: bytes) -> Any:
    return json.loads(body)


def _text(body: bytes) -> str:
    return body.decode("utf-8")
