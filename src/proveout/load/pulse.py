"""The pulse: how late the loop of this process is, how much of a core it uses, and whether it is an orphan.

Only what runs within locust imports this module.
"""

import os
import time
from collections.abc import Callable

import gevent

BEAT = 0.05  # seconds; the finest lag that is seen


class Pulse:
    """Beats in a greenlet of its own: tells how late each beat was, and `orphaned` if nobody supervises."""

    def __init__(self, lagged: Callable[[float], None], orphaned: Callable[[], None]) -> None:
        self._lagged = lagged
        self._orphaned = orphaned
        self._parent = os.getppid()
        self._used, self._seen = time.process_time(), time.monotonic()
        self._greenlet = gevent.spawn(self._beat)

    def cpu(self) -> float:
        """Return the share of a core used since this was asked last."""
        used, seen = time.process_time(), time.monotonic()
        share = (used - self._used) / max(seen - self._seen, 1e-3)
        self._used, self._seen = used, seen
        return share

    def stop(self) -> None:
        """Beat no more."""
        self._greenlet.kill()

    def _beat(self) -> None:
        while True:
            before = time.monotonic()
            gevent.sleep(BEAT)
            self._lagged(max(time.monotonic() - before - BEAT, 0.0))
            if os.getppid() != self._parent:
                self._orphaned()
