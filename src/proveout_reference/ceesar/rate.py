"""Rate: at most so many AI requests in any minute, so that one environment cannot use up the quota."""

import math
import time
from collections import deque

from proveout_reference.ceesar.answers import RefusedError

_MINUTE = 60.0


class Rate:
    """Allows `per_minute` requests in any 60 seconds; 0 allows all."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._times: deque[float] = deque()

    def take(self) -> None:
        """Counts one request. Refuses it with 429 when the last minute is full."""
        if not self._per_minute:
            return
        now = time.monotonic()
        while self._times and now - self._times[0] >= _MINUTE:
            self._times.popleft()
        if len(self._times) >= self._per_minute:
            wait = math.ceil(_MINUTE - (now - self._times[0]))
            raise RefusedError(429, "too many AI requests in this environment", {"Retry-After": str(wait)})
        self._times.append(now)
