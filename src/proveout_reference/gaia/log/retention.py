"""Retention: removes set-aside log files older than the log is kept, and sets a day-old one aside."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.log.file import STAMP, LogFile
from proveout_reference.gaia.log.log import Log

_HOUR = 3600.0
_DAY = timedelta(days=1)


class LogRetention:
    """Keeps set-aside files of `file` for `keep` seconds; looks at once and then every hour."""

    def __init__(self, file: LogFile, keep: float, clock: Clock, log: Log) -> None:
        self._file = file
        self._keep = timedelta(seconds=keep)
        self._clock = clock
        self._log = log

    async def run(self) -> None:
        """One cycle an hour, until cancelled."""
        while True:
            await self._clock.sleep(_HOUR)
            await asyncio.to_thread(self.cycle)

    def cycle(self) -> list[str]:
        """Removes what is too old and gives its names; a file that cannot be removed is logged."""
        removed: list[str] = []
        try:
            # Lines in the active file would outlive the limit if only size set it aside.
            if self._clock.now() - self._file.begun() >= _DAY and self._file.path.stat().st_size:
                self._log.set_aside(self._file)
            for path in sorted(self._file.path.parent.glob(f"{self._file.path.name}.*")):
                if path.is_file() and self._clock.now() - _age_of(path, self._file.path) > self._keep:
                    path.unlink()
                    removed.append(path.name)
        except OSError as error:
            self._log.error("log retention failed", reason=error.strerror)
        if removed:
            self._log.info("log files removed", count=len(removed), oldest=removed[0])
        return removed


def _age_of(path: Path, active: Path) -> datetime:
    """When its last line was written: by its name or its time of change, whichever is earlier."""
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    found = re.fullmatch(r"(\d{8}T\d{6})(\.\d+)?", path.name.removeprefix(f"{active.name}."))
    try:
        named = datetime.strptime(found[1], STAMP).replace(tzinfo=UTC) if found else changed
    except ValueError:
        named = changed
    return min(changed, named)
