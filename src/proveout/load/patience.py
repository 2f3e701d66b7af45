"""Patience: ends requests that are not answered in time, all of them from one timer.

Only what runs within locust imports this module. A time-out of gevent's own for each request costs more than
the whole of what is counted of it.
"""

import time
from types import TracebackType
from typing import Any

import gevent

EVERY = 0.05  # seconds; how much later than due a request may be ended


class Patience:
    """A context for one request of the current greenlet: TimeoutError after so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waiting: dict[Any, float] = {}  # in the order they began, so the first is due first
        self._timer = gevent.get_hub().loop.timer(EVERY, EVERY)
        self._timer.start(self._look)

    def __enter__(self) -> None:
        self._waiting[gevent.getcurrent()] = time.monotonic() + self._seconds

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._waiting.pop(gevent.getcurrent(), None)

    def _look(self) -> None:
        """Runs in the hub: whoever waits is switched out, so it is thrown where it waits and nowhere else."""
        now = time.monotonic()
        late = [waiter for waiter, due in self._waiting.items() if due <= now]
        for waiter in late:
            if self._waiting.pop(waiter, None) is not None:
                waiter.throw(TimeoutError(f"no complete answer within {self._seconds:g} s"))
