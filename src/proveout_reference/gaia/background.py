"""Background: what the server does besides answering, kept going and ended together."""

import asyncio
from collections.abc import Awaitable, Callable

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.log.log import Log

_PAUSE_SECONDS = 10.0

Loop = Callable[[], Awaitable[None]]


class Background:
    """Endless loops; one that fails is logged and begun again after a pause."""

    def __init__(self, clock: Clock, log: Log) -> None:
        self._clock = clock
        self._log = log
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_ending = False

    def start(self, name: str, loop: Loop, *, delay: float = 0.0) -> None:
        """Runs the loop beside everything else."""
        task = asyncio.create_task(self._run(loop, delay), name=name)
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._on_done(done, loop))

    async def end(self) -> None:
        """Cancels every loop and waits for its end."""
        self._is_ending = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, loop: Loop, delay: float) -> None:
        if delay:
            await self._clock.sleep(delay)
        await loop()

    def _on_done(self, task: asyncio.Task[None], loop: Loop) -> None:
        self._tasks.discard(task)
        if task.cancelled() or self._is_ending:
            return
        error = task.exception()
        if error is not None:
            self._log.crash("background work failed", error, work=task.get_name())
            self.start(task.get_name(), loop, delay=_PAUSE_SECONDS)
