"""Watch: runs the self-tests when one of the environment's files has changed."""

import asyncio
from pathlib import Path

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.database.database import UnavailableError
from proveout_reference.gaia.improvement.builds import files_of
from proveout_reference.gaia.improvement.selftests import SelfTests
from proveout_reference.gaia.log.log import Log

_LOOK_SECONDS = 1.0

State = dict[str, tuple[int, int]]


class Watch:
    """Looks every second at the environment's own files."""

    def __init__(self, site: Path, tests: SelfTests, clock: Clock, log: Log) -> None:
        self._site = site
        self._tests = tests
        self._clock = clock
        self._log = log
        self._seen = _state(site)

    async def run(self) -> None:
        """Looks, until cancelled."""
        while True:
            await self._clock.sleep(_LOOK_SECONDS)
            await asyncio.to_thread(self.look)

    def look(self) -> list[str]:
        """Runs the tests if something changed, and says what did."""
        now = _state(self._site)
        changed = sorted(
            name for name in now.keys() | self._seen.keys() if now.get(name) != self._seen.get(name)
        )
        if not changed:
            return []
        try:
            self._tests.run(f"changed: {', '.join(changed)}"[:200])
        except UnavailableError as error:
            self._log.warning("tests put off", reason=str(error))
            return []  # the change is still new at the next look
        self._seen = now
        return changed


def _state(site: Path) -> State:
    state: State = {}
    for name, path in files_of(site).items():
        try:
            status = path.stat()
        except OSError:
            continue  # gone between the listing and the look
        state[name] = (status.st_mtime_ns, status.st_size)
    return state
