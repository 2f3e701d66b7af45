"""What something costs, as a multiple of a small known piece of work: no machine is too slow for a test."""

import time
from collections.abc import Callable


def _spent(work: Callable[[], object]) -> float:
    begun = time.thread_time()
    work()
    return time.thread_time() - begun


def effort(work: Callable[[], object]) -> float:
    """Return how many times the processor time of adding up a million numbers some work takes."""
    spent = _spent(work)
    return spent / min(_spent(lambda: sum(number for number in range(1_000_000))) for _ in range(3))
