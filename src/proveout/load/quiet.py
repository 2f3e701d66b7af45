"""Quiet: takes locust's own statistics out, which grow with every request, name and error of a long run.

Only what runs within locust imports this module.
"""

import logging
from typing import Any

import gevent

MOST_LINES = 50  # of one kind of trouble in the log; a journey that fails every second would fill a disk


class _Few(logging.Filter):
    """Lets the first lines through."""

    def __init__(self) -> None:
        super().__init__()
        self._left = MOST_LINES

    def filter(self, record: logging.LogRecord) -> bool:
        self._left -= 1
        if self._left == 0:
            record.msg = f"{record.getMessage()}\n(no more of these are written)"
            record.args = ()
        return self._left >= 0


def silence(environment: Any) -> None:
    """Let nobody but listeners of ours and of the journeys hear of requests and errors."""
    events = environment.events
    for hook in (events.request, events.user_error):
        handlers: list[Any] = hook._handlers  # noqa: SLF001 - there is no other way to name locust's own
        for handler in list(handlers):
            if handler.__module__.startswith("locust."):
                hook.remove_listener(handler)
    # Locust's history looks at this before every entry it adds.
    environment.stats.total.use_response_times_cache = False
    # Who began which greenlet, for debuggers: a third of what beginning a visit costs.
    gevent.config.track_greenlet_tree = False
    logging.getLogger("locust.user.task").addFilter(_Few())
