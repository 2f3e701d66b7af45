"""Personas: people who live a journey at their own pace, as locust users always do, one after the other.

They ask more slowly when they are answered slowly, so their figures say what a person saw, and the rate of
a load is never theirs. Only what runs within locust imports this module.
"""

from collections.abc import Sequence

import gevent
from gevent.pool import Group
from locust import User

from proveout.load.crowd import Endings
from proveout.load.guarded import Guarded
from proveout.load.recorder import Recorder

APART = 0.1  # seconds between the beginnings of two


class Personas:
    """So many users of each class, from their `on_start` on until they are stopped."""

    def __init__(self, guarded: Guarded, recorder: Recorder) -> None:
        self._guarded = guarded
        self._endings = Endings(recorder)
        self._people = Group()

    def begin(self, kinds: Sequence[type[User]]) -> None:
        """Let one person of each of the classes begin, shortly one after the other."""
        for place, kind in enumerate(kinds):
            self._people.spawn(self._live, kind, place * APART)

    def stop(self, patience: float) -> None:
        """End all of them; a request under way is not waited for."""
        self._people.kill(timeout=patience)

    def _live(self, kind: type[User], after: float) -> None:
        gevent.sleep(after)
        with self._endings:
            self._guarded.user(kind, persona=True).run()
