"""Lets a check that is marked exclusive run while no other check does, also with workers side by side."""

import fcntl
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Turns:
    """Two locks in the run's folder: the room that checks run in, and the door that all of them pass.

    Who is exclusive keeps the door shut while those inside finish, so that late comers cannot keep it
    waiting (the fair form of the readers-writer lock). A worker that dies lets go of both.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Run the check in its turn."""
        alone = item.get_closest_marker("exclusive") is not None
        with self.turn(alone=alone):
            return (yield)

    @contextmanager
    def turn(self, *, alone: bool) -> Iterator[None]:
        """Hold the room, alone or with others, as long as the context lasts."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "door.lock").open("w") as door, (self._folder / "room.lock").open("w") as room:
            fcntl.flock(door, fcntl.LOCK_EX)
            fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            if not alone:
                fcntl.flock(door, fcntl.LOCK_UN)
            yield
