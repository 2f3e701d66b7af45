"""The crowd: the visits of an open load, each begun at its time whatever became of those before.

Only what runs within locust imports this module: locust patches sockets and threads on import.
"""

import logging
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from types import TracebackType
from typing import Any

import gevent
from gevent.pool import Group
from locust import User
from locust.exception import (
    CatchResponseError,
    InterruptTaskSet,
    RescheduleTask,
    ResponseError,
    StopUser,
)
from requests.exceptions import RequestException

from proveout.load.guarded import Guarded
from proveout.load.recorder import Recorder
from proveout.load.users import UnfitError
from proveout.safety.guard import Refused

_log = logging.getLogger(__name__)

# How a visit ends that was answered badly: the request is counted as failed already.
ANSWERED_BADLY = (
    UnfitError,
    CatchResponseError,
    ResponseError,
    RequestException,
    ConnectionError,
    TimeoutError,
)
_MASK = 2**64 - 1
FAREWELL = 2.0  # seconds
ENDED = (StopUser, RescheduleTask, InterruptTaskSet, Refused)


class Role:
    """One journey: its class, and the users of it that nobody is just now."""

    def __init__(self, kind: type[User], guarded: Guarded) -> None:
        self._tasks = kind.tasks
        self._kind = kind
        self._guarded = guarded
        self._resting: list[Any] = []

    def take(self) -> Any:
        """Return a user who has nothing to do; a new one is made, and told to start, if there is none."""
        if self._resting:
            return self._resting.pop()
        user = self._guarded.user(self._kind)
        user.on_start()
        return user

    def give(self, user: Any) -> None:
        """Take a user back, who may visit again."""
        self._resting.append(user)

    def perform(self, user: Any, number: int, chance: float) -> None:
        """Let a user do one task of the class; `chance`, below 1, chooses by their weights."""
        user.number = number
        task: Any = self._tasks[int(chance * len(self._tasks))]
        task(user)

    def dismiss(self) -> None:
        """Tell all who rest that they stop."""
        while self._resting:
            self._resting.pop().on_stop()


class Endings:
    """How visits end: badly answered, refused, or cut short by a mistake, which is told and no more."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def __enter__(self) -> None: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None or isinstance(error, (*ANSWERED_BADLY, *ENDED)):
            return True
        if not isinstance(error, Exception):
            return False
        self._recorder.broke(f"a visit broke off: {type(error).__name__}: {error}"[:500])
        _log.debug("a visit broke off", exc_info=(type(error), error, trace))
        return True


class Crowd:
    """Lets visitors arrive, at most so many at once; beyond that they are dropped and counted."""

    def __init__(
        self,
        roles: Sequence[tuple[Role, float]],
        recorder: Recorder,
        *,
        seed: int,
        most: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._roles = [role for role, _ in roles]
        self._shares = list(accumulate(share for _, share in roles))
        self._recorder = recorder
        self._seed = seed
        self._most = most
        self._clock = clock
        self._endings = Endings(recorder)
        self._under_way: set[Any] = set()

    def arrive(self, number: int, due: float) -> None:
        """Begin a visit that was due at a time of the clock; nobody waits for it."""
        self._recorder.arrived()
        if len(self._under_way) >= self._most:
            self._recorder.dropped(self._clock() - due)
            return
        self._under_way.add(gevent.spawn(self._visit, number, due))

    def see_off(self, patience: float) -> bool:
        """Wait for the visits under way, so many seconds at most; return whether all have ended."""
        gevent.joinall(list(self._under_way), timeout=patience)
        return not self._under_way

    def kill(self, patience: float) -> None:
        """End what is still under way."""
        gevent.killall(list(self._under_way), timeout=patience)
        self._under_way.clear()

    def dismiss(self, patience: float) -> None:
        """Let every user stop as its class says."""
        farewells = Group()
        for role in self._roles:
            farewells.spawn(self._farewell, role)
        farewells.join(timeout=patience)
        farewells.kill(timeout=FAREWELL)

    def _visit(self, number: int, due: float) -> None:
        visit = gevent.getcurrent()
        visit.late = max(self._clock() - due, 0.0)
        self._recorder.begun(visit.late)
        first, second = _chances(self._seed, number)
        role = self._roles[bisect_right(self._shares, first * self._shares[-1])]
        try:
            with self._endings:
                user = role.take()
                try:
                    role.perform(user, number, second)
                except StopUser:
                    user.on_stop()
                    return
                except (*ANSWERED_BADLY, *ENDED):
                    role.give(user)
                    raise
                role.give(user)
        finally:
            self._under_way.discard(visit)

    def _farewell(self, role: Role) -> None:
        with self._endings:
            role.dismiss()


def _chances(seed: int, number: int) -> tuple[float, float]:
    """Return two numbers below 1 that look random and are the same for everybody who repeats the visit.

    The finalizer of G. Steele's SplitMix64; a generator of the library's kind takes longer to begin than a
    visit to be counted.
    """
    mixed = (seed * 0xD1B54A32D192ED03 + (number + 1) * 0x9E3779B97F4A7C15) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    mixed ^= mixed >> 31
    return (mixed >> 32) / 2**32, (mixed & 0xFFFFFFFF) / 2**32
