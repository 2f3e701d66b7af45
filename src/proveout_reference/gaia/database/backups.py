"""Backups: copies of the database beside it, taken on time, kept as long as they should be."""

import asyncio
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from proveout_reference.gaia.clock import Clock, text_of
from proveout_reference.gaia.database.copy import CopyError, copy_database, sync
from proveout_reference.gaia.database.database import Database
from proveout_reference.gaia.log.log import Log
from proveout_reference.gaia.settings import Settings

if TYPE_CHECKING:  # a command has no metrics and need not load their library
    from proveout_reference.gaia.metrics.metrics import Metrics

_LONGEST_SLEEP = 30.0
_JUST_AFTER = 0.05


class _Naming:
    """How one environment names its backups: by the hour, or by the day beside one that is the newest."""

    def __init__(self, database: Path, *, hourly: bool) -> None:
        self._stem = f"{database.name}."
        self._stamp = "%Y%m%d_%H" if hourly else "%Y%m%d"
        self.period = timedelta(hours=1) if hourly else timedelta(days=1)
        self.newest = None if hourly else f"{database.name}.backup"

    def of(self, moment: datetime) -> str:
        return f"{self._stem}{moment.astimezone(UTC).strftime(self._stamp)}"

    def moment_of(self, path: Path) -> datetime | None:
        """When a backup was taken: its time of change, but never later than its name says."""
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if path.name == self.newest:
            return changed
        stamp = path.name.removeprefix(self._stem)
        if not re.fullmatch(r"\d{8}(_\d{2})?", stamp):
            return None
        try:
            named = datetime.strptime(stamp, self._stamp).replace(tzinfo=UTC)
        except ValueError:
            return None
        return min(changed, named + self.period)


class Backups:
    """The backups of `database`, in the folder `backups` beside it."""

    def __init__(
        self, database: Database, settings: Settings, clock: Clock, log: Log, metrics: "Metrics | None"
    ) -> None:
        self.folder = database.path.parent / "backups"
        self._database = database
        self._clock = clock
        self._log = log
        self._metrics = metrics
        self._naming = _Naming(database.path, hourly=settings.env == "prod")
        self._interval = timedelta(seconds=settings.db_backup_interval)
        self._keep = timedelta(seconds=settings.db_backup_retention)

    async def run(self) -> None:
        """Takes each backup when it is due, until cancelled."""
        while True:
            await self._clock.sleep(self._seconds_to_next_look())
            await asyncio.to_thread(self.cycle)

    def cycle(self) -> bool:
        """Takes a backup if one is due and then removes what is too old; says whether one was taken."""
        try:
            if not self.is_due():
                return False
            self.take()
            self.prune()
        except (CopyError, OSError) as error:
            if self._metrics is not None:
                self._metrics.backups.labels("failure").inc()
            self._log.error("backup failed", reason=_sentence(error))
            return False
        return True

    def is_due(self) -> bool:
        """Whether there is none for this hour or day, or the newest is older than the interval."""
        newest = self.newest()
        if newest is None or self._clock.now() - newest >= self._interval:
            return True
        by_name = self._naming.period >= self._interval
        return by_name and not (self.folder / self._naming.of(self._clock.now())).exists()

    def take(self) -> list[str]:
        """Takes a backup now and gives its names. Raises CopyError and OSError; what was there stays."""
        damage = self._database.damage()
        if damage:
            raise CopyError(damage)
        self.folder.mkdir(parents=True, exist_ok=True)
        moment = self._clock.now()
        dated = self.folder / self._naming.of(moment)
        rows = copy_database(self._database.path, dated)
        names = [dated.name]
        if self._naming.newest is not None:
            _duplicate(dated, self.folder / self._naming.newest)
            names.insert(0, self._naming.newest)
        if self._metrics is not None:
            self._metrics.backups.labels("success").inc()
            self._metrics.backup_last_success.set(moment.timestamp())
        size = dated.stat().st_size
        self._log.info("backup taken", file=names[0], bytes=size, rows=sum(rows.values()))
        return names

    def prune(self) -> list[str]:
        """Removes backups taken longer ago than they are kept, never the newest. Raises OSError."""
        newest = self.newest()
        removed: list[str] = []
        for path, moment in self._all():
            if self._clock.now() - moment > self._keep and moment != newest:
                path.unlink()
                removed.append(path.name)
        if removed:
            self._log.info("backups removed", count=len(removed), oldest=removed[0])
        return removed

    def newest(self) -> datetime | None:
        """When the newest backup was taken. Raises OSError."""
        return max((moment for _, moment in self._all()), default=None)

    def announce(self) -> None:
        """Shows in the metrics, from the start, when the newest backup was taken."""
        newest = self.newest()
        if newest is not None and self._metrics is not None:
            self._metrics.backup_last_success.set(newest.timestamp())
            self._log.debug("newest backup", taken=text_of(newest))

    def _all(self) -> list[tuple[Path, datetime]]:
        if not self.folder.is_dir():
            return []
        found = [(path, self._naming.moment_of(path)) for path in sorted(self.folder.iterdir())]
        return [(path, moment) for path, moment in found if moment is not None]

    def _seconds_to_next_look(self) -> float:
        now = self._clock.now()
        begun = now.replace(minute=0, second=0, microsecond=0)
        seconds = (begun + timedelta(hours=1) - now).total_seconds() + _JUST_AFTER
        return min(seconds, _LONGEST_SLEEP, self._interval.total_seconds())


def _duplicate(source: Path, target: Path) -> None:
    """A copy of its own, so that harm to one of them is not harm to both."""
    temporary = target.with_name(f".{target.name}.tmp")
    try:
        shutil.copyfile(source, temporary)
        sync(temporary)
        temporary.replace(target)
        sync(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or "the disk refused"
    return str(error)
