"""Parts: everything the server consists of besides its listeners."""

import asyncio

from proveout_reference.gaia.background import Background
from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.confirm.confirmations import Confirmations
from proveout_reference.gaia.confirm.patterns import Patterns
from proveout_reference.gaia.confirm.preferences import Preferences
from proveout_reference.gaia.database.backups import Backups
from proveout_reference.gaia.database.database import Database
from proveout_reference.gaia.database.housekeeping import Housekeeping
from proveout_reference.gaia.health.health import Health
from proveout_reference.gaia.health.monitor import Monitor
from proveout_reference.gaia.improvement.improvement import Improvement
from proveout_reference.gaia.live.listeners import Listeners
from proveout_reference.gaia.log.log import Log
from proveout_reference.gaia.metrics.metrics import Metrics
from proveout_reference.gaia.metrics.traffic import Traffic
from proveout_reference.gaia.quotas.rules import Rules
from proveout_reference.gaia.quotas.status import QuotaStatus
from proveout_reference.gaia.settings import Settings
from proveout_reference.gaia.tasks.store import TaskStore
from proveout_reference.gaia.tasks.workers import Workers

_STOP_SECONDS = 3.0


class Parts:
    """The parts, each made once and shared by those that need it; switched off ones are None."""

    def __init__(
        self, settings: Settings, clock: Clock, log: Log, metrics: Metrics, database: Database
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.log = log
        self.metrics = metrics
        self.database = database
        self.traffic = Traffic()
        self.housekeeping = Housekeeping(database, clock, log)
        self.health = Health(database, metrics)
        self.rules = Rules(database, clock)
        self.quota_status = QuotaStatus(database, clock)
        self.listeners = Listeners(
            self.quota_status, settings.ws_max_connections, clock=clock, log=log, metrics=metrics
        )
        self.confirmations = Confirmations(database, clock)
        self.patterns = Patterns(database, clock)
        self.preferences = Preferences(database, clock)
        self.tasks = TaskStore(database, clock, metrics)
        self.backups = _backups(self)
        self.monitor = _monitor(self)
        self.workers = _workers(self)
        self.improvement = Improvement(
            settings=settings,
            clock=clock,
            log=log,
            metrics=metrics,
            traffic=self.traffic,
            database=database,
            housekeeping=self.housekeeping,
        )

    def start(self, background: Background) -> None:
        """Sets everything going that goes by itself. Raises UnavailableError."""
        background.start("housekeeping", self.housekeeping.run)
        if self.backups is not None:
            background.start("backups", self.backups.run)
        if self.monitor is not None:
            background.start("monitor", self.monitor.run)
        if self.workers is not None:
            self.workers.start()
        if self.improvement.enabled:
            background.start("improvement", self.improvement.run)
        if self.improvement.watch is not None:
            background.start("watch", self.improvement.watch.run)

    async def stop(self) -> None:
        """Ends the threads and lets go of the database."""
        if self.workers is not None:
            await asyncio.to_thread(self.workers.stop, _STOP_SECONDS)
        await asyncio.to_thread(self.health.close)
        if not await asyncio.to_thread(self.database.close):
            self.log.warning("the database's log could not be written into it")


def _backups(parts: Parts) -> Backups | None:
    if not parts.settings.db_backup_enabled:
        return None
    return Backups(parts.database, parts.settings, parts.clock, parts.log, parts.metrics)


def _monitor(parts: Parts) -> Monitor | None:
    if not parts.settings.health_check_enabled:
        return None
    return Monitor(
        parts.health,
        parts.database,
        interval=parts.settings.health_check_interval,
        clock=parts.clock,
        log=parts.log,
        metrics=parts.metrics,
    )


def _workers(parts: Parts) -> Workers | None:
    if not parts.settings.task_queue:
        return None
    return Workers(
        parts.tasks,
        parts.database,
        count=parts.settings.task_worker_threads,
        longest=parts.settings.task_timeout,
        log=parts.log,
        metrics=parts.metrics,
    )
