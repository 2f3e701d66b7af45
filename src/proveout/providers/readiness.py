"""A probe: a question with a deadline, asked again until answered."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class NotYet(Exception):
    """The answer is not there yet; the text says what was seen instead."""


class GaveUp(Exception):
    """The deadline passed; the text is the last observation."""


def probe(
    question: Callable[[], T],
    *,
    within: float,
    every: float = 0.05,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> T:
    """Ask until `question` returns instead of raising NotYet; all times in seconds.

    Raises:
        GaveUp: no answer within the deadline.
    """
    deadline = clock() + within
    while True:
        try:
            return question()
        except NotYet as seen:
            if clock() + every > deadline:
                raise GaveUp(str(seen)) from seen
        pause(every)
