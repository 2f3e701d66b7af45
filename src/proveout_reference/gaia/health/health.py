"""Health: one probe at a time for all who ask, and never a long wait for any of them."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from proveout_reference.gaia.database.database import Database
from proveout_reference.gaia.health.probe import Probe, Verdict
from proveout_reference.gaia.metrics.metrics import Metrics

_LONGEST_WAIT = 1.5
_FRESH_SECONDS = 0.1


class Health:
    """The health of the environment; what was found a tenth of a second ago is told again."""

    def __init__(self, database: Database, metrics: Metrics) -> None:
        self._database = database
        self._probe = Probe(database)
        self._metrics = metrics
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="health")
        self._running: asyncio.Future[Verdict] | None = None
        self._last: tuple[float, Verdict] | None = None

    async def verdict(self) -> Verdict:
        """Whether all is well now; not to answer in time is not to be well."""
        if self._last is not None and time.monotonic() - self._last[0] < _FRESH_SECONDS:
            last = self._last[1]
            return Verdict(self._database.damage() or last.reason, last.milliseconds)
        if self._running is None or self._running.done():
            loop = asyncio.get_running_loop()
            self._running = loop.run_in_executor(self._thread, self._look)
        try:
            # Shielded: others wait for the same look.
            return await asyncio.wait_for(asyncio.shield(self._running), _LONGEST_WAIT)
        except TimeoutError:
            return Verdict("the database does not answer", _LONGEST_WAIT * 1000)

    def close(self) -> None:
        """Ends the thread once it has nothing left to do."""
        self._thread.shutdown(wait=True)

    def _look(self) -> Verdict:
        verdict = self._probe.look()
        self._last = (time.monotonic(), verdict)
        self._metrics.healthy.set(1 if verdict.healthy else 0)
        self._metrics.database_bytes.set(self._database.size())
        return verdict
