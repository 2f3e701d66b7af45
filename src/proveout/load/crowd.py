"""The crowd: the visits of an open load, each begun at its time whatever became of those before.

Only what runs within locust imports this module: locust patches sockets and threads on import.
"""

import logging
import random
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

    def perform(self, user: Any, number: int, chance: random.Random) -> None:
        """Let a user do one task of the class, chosen by its weights."""
        user.number = number
        task: Any = chance.choice(self._tasks)
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
        self._under_way = Group()

    def arrive(self, number: int, due: float) -> None:
        """Begin a visit that was due at a time of the clock; nobody waits for it."""
        late = self._clock() - due
        if len(self._under_way) >= self._most:
            self._recorder.dropped(late)
            return
        self._recorder.arrived(late)
        self._under_way.spawn(self._visit, number, due)

    def see_off(self, patience: float) -> bool:
        """Wait for the visits under way, so many seconds at most; return whether all have ended."""
        self._under_way.join(timeout=patience)
        return not self._under_way

    def kill(self, patience: float) -> None:
        """End what is still under way."""
        self._under_way.kill(timeout=patience)

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
        # The same people whoever repeats it: not for secrets.
        chance = random.Random(self._seed * 1_000_003 + number)  # noqa: S311
        role = self._roles[bisect_right(self._shares, chance.random() * self._shares[-1])]
        with self._endings:
            user = role.take()
            try:
                role.perform(user, number, chance)
            except StopUser:
                user.on_stop()
                return
            except ENDED:
                role.give(user)
                raise
            except ANSWERED_BADLY:
                role.give(user)
                raise
            role.give(user)

    def _farewell(self, role: Role) -> None:
        with self._endings:
            role.dismiss()
