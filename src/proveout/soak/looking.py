"""Looking at the target at its turn: a look that hangs or breaks off stops nothing but itself."""

import math
import threading
import time
from collections.abc import Callable

from proveout.load.line import Sample

Look = Callable[[int, int], Sample]


class Looking:
    """Takes a sample every `every` seconds in a thread, at most one at a time.

    `look` gets the number of the sample and of the segment. One that takes longer than `within` seconds is
    given up and said to be unknown; the next begins only when it has come back.
    """

    def __init__(self, look: Look, *, every: float, within: float, number: int) -> None:
        self._look = look
        self._every, self._within = every, within
        self._number = number  # of the next sample
        self._due = -math.inf
        self._thread: threading.Thread | None = None
        self._begun = 0.0
        self._given_up = True
        self._segment = 0
        self._found: list[Sample] = []

    def turn(self, segment: int) -> Sample | None:
        """Begin a look if it is time; return a sample if one is done, or was given up."""
        now = time.monotonic()
        running = self._thread is not None and self._thread.is_alive()
        if not self._given_up and not running:
            return self._done(self._found[0] if self._found else self._unseen("it broke off"))
        if not self._given_up and now - self._begun > self._within:
            return self._done(self._unseen(f"it took more than {self._within:g} s"))
        if self._given_up and now >= self._due:
            self._due, self._begun, self._segment = now + self._every, now, segment
            if running:
                return self._done(self._unseen("an earlier look at the target has not come back"))
            self._begin()
        return None

    def _begin(self) -> None:
        found: list[Sample] = []
        number, segment, look = self._number, self._segment, self._look

        def take() -> None:
            found.append(look(number, segment))

        self._found, self._given_up = found, False
        self._thread = threading.Thread(target=take, name=f"sample {number}", daemon=True)
        self._thread.start()

    def _done(self, sample: Sample) -> Sample:
        self._given_up = True
        self._number += 1
        return sample

    def _unseen(self, why: str) -> Sample:
        return Sample(
            number=self._number,
            segment=self._segment,
            at=time.time(),
            unknown={"sampler": f"no sample: {why}"},
        )
