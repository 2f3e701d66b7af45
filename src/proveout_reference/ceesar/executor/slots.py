"""Slots: how many executions run at once, and who waits; first come, first served."""

import asyncio
from collections import deque


class BusyError(Exception):
    """There is no room: the queue is full, or the wait was too long."""


class Slots:
    """`capacity` numbered slots, with at most `queue` waiting for at most `patience` seconds each."""

    def __init__(self, capacity: int, queue: int, patience: float) -> None:
        self._free = deque(range(capacity))
        self._waiting: deque[asyncio.Future[int]] = deque()
        self._queue = queue
        self._patience = patience

    async def acquire(self) -> int:
        """A slot's number, yours until released. Raises BusyError."""
        if self._free:
            return self._free.popleft()  # nobody waits: a released slot goes to the first who does
        if len(self._waiting) >= self._queue:
            raise BusyError("the queue is full")
        place: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            async with asyncio.timeout(self._patience):
                return await place
        except TimeoutError:
            self._give_back(place)
            raise BusyError("the wait was too long") from None
        except asyncio.CancelledError:
            self._give_back(place)
            raise

    def release(self, slot: int) -> None:
        """Hands the slot to the first who waits, or keeps it free."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(slot)
                return
        self._free.append(slot)

    def _give_back(self, place: asyncio.Future[int]) -> None:
        """A place whose owner has left: out of the queue, or its slot to the next."""
        if place in self._waiting:
            self._waiting.remove(place)
        elif place.done() and not place.cancelled():
            self.release(place.result())
