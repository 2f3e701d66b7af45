"""Guarded users: instances of any locust user class, whose client asks the guard and names every request.

Only what runs within locust imports this module: locust patches sockets and threads on import.
"""

from collections.abc import Callable
from typing import Any

import gevent
from locust import FastHttpUser, HttpUser, User
from locust.env import Environment

from proveout.load.adapter import GuardedAdapter
from proveout.load.agent import GuardedAgent
from proveout.load.allowance import Allowance
from proveout.load.patience import Patience


class NamelessError(Exception):
    """A request has no name; the text says how to write one."""


class Guarded:
    """Makes users of one worker; `pause` tells a persona's request how many seconds to wait before it."""

    def __init__(
        self, environment: Environment, allowance: Allowance, pause: Callable[[], float] = lambda: 0.0
    ) -> None:
        self._environment = environment
        self._allowance = allowance
        self._pause = pause
        self._patience = Patience(allowance.order.answer)

    def user(self, kind: type[User], *, persona: bool = False) -> Any:
        """Return a new user of a class, its client guarded; `on_start` was not called yet."""
        order = self._allowance.order
        kind.host = order.url
        user: Any = kind(self._environment)
        # In place: the class may have handed its client on to parts of its own.
        if isinstance(user, FastHttpUser):
            user.client.client = GuardedAgent(self._allowance, self._patience, user)
        elif isinstance(user, HttpUser):
            user.client.trust_env = False
            user.client.headers["User-Agent"] = "proveout"
            for scheme in ("http://", "https://"):
                user.client.mount(scheme, GuardedAdapter(self._allowance))
        else:
            raise TypeError(f"{kind.__name__} cannot be guarded")
        user.client.request = self._named(user.client, user.client.request, persona=persona)
        if hasattr(user, "take"):
            user.take(order)
        return user

    def _named(self, client: Any, send: Callable[..., Any], *, persona: bool) -> Callable[..., Any]:
        """Wrap the method that all others of a client end in."""

        def request(method: str, url: str, name: str | None = None, **more: Any) -> Any:
            if not (name or client.request_name):
                raise NamelessError(
                    f'{method} {url} has no name: write self.client.{method.lower()}("{url}", '
                    'name="/what/{it}/is"), so that the figures of one kind of request stay together'
                )
            if persona and (pause := self._pause()):
                gevent.sleep(pause)
            return send(method, url, name=name, **more)

        return request
