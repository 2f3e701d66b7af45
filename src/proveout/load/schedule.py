"""The schedule: when each visit is due, fixed before the first begins, whatever the target does."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """Visits at a steady `rate` per second for `duration` seconds."""

    rate: float
    duration: float

    @property
    def visits(self) -> int:
        """Return how many visits are due in all."""
        return max(1, round(self.rate * self.duration))

    def due(self, number: int) -> float:
        """Return when a visit is due, in seconds after the begin; counted from 0.

        Computed from the number, not added up: no error grows, and no visit's delay moves the next.
        """
        return number / self.rate


def attend(
    schedule: Schedule,
    begin: float,
    *,
    clock: Callable[[], float],
    pause: Callable[[float], None],
    arrive: Callable[[int, float], None],
) -> None:
    """Let every visit arrive when it is due, or at once if that moment has passed.

    `arrive(number, due)` must not wait for the visit to end: users do not wait for each other either, and a
    generator that did would ask a slow server less often and call that its latency. `begin` and `due` are
    times of `clock`, in seconds.
    """
    for number in range(schedule.visits):
        due = begin + schedule.due(number)
        # Pausing even when late lets the visits that are under way go on.
        pause(max(0.0, due - clock()))
        arrive(number, due)
