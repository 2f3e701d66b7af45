"""Parts: everything the server consists of besides its listeners."""

from dataclasses import dataclass

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.database.backups import Backups
from proveout_reference.gaia.database.database import Database
from proveout_reference.gaia.health.health import Health
from proveout_reference.gaia.log.log import Log
from proveout_reference.gaia.metrics.metrics import Metrics
from proveout_reference.gaia.metrics.traffic import Traffic
from proveout_reference.gaia.settings import Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts, each made once and shared by those that need it."""

    settings: Settings
    clock: Clock
    log: Log
    metrics: Metrics
    traffic: Traffic
    database: Database
    health: Health
    backups: Backups | None


def build_parts(settings: Settings, clock: Clock, log: Log, metrics: Metrics, database: Database) -> Parts:
    """Puts the parts together; nothing of it runs yet."""
    backups = Backups(database, settings, clock, log, metrics) if settings.db_backup_enabled else None
    return Parts(
        settings=settings,
        clock=clock,
        log=log,
        metrics=metrics,
        traffic=Traffic(),
        database=database,
        health=Health(database, metrics),
        backups=backups,
    )
