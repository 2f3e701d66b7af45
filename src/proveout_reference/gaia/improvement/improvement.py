"""Improvement: runs cycle after cycle, and makes what they work with."""

import asyncio
from pathlib import Path
from typing import Any

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.database.database import Database, UnavailableError
from proveout_reference.gaia.database.housekeeping import Housekeeping
from proveout_reference.gaia.improvement.builds import Builds
from proveout_reference.gaia.improvement.cycle import Cycle, phases_of
from proveout_reference.gaia.improvement.fixes import Fixes
from proveout_reference.gaia.improvement.forwarding import Forwarding
from proveout_reference.gaia.improvement.records import Records
from proveout_reference.gaia.improvement.selftests import SelfTests
from proveout_reference.gaia.improvement.watch import Watch
from proveout_reference.gaia.log.log import Log
from proveout_reference.gaia.metrics.metrics import Metrics
from proveout_reference.gaia.metrics.traffic import Traffic
from proveout_reference.gaia.settings import Settings


class Improvement:
    """A cycle at once and then one every interval; an aggressive server waits half as long."""

    def __init__(
        self,
        *,
        settings: Settings,
        clock: Clock,
        log: Log,
        metrics: Metrics,
        traffic: Traffic,
        database: Database,
        housekeeping: Housekeeping,
    ) -> None:
        self.records = Records(database, clock)
        self.enabled = settings.self_improve
        self.interval = settings.improve_interval / (2 if settings.aggressive_optimization else 1)
        self._settings = settings
        self._clock = clock
        self._log = log
        self._metrics = metrics
        self._traffic = traffic
        self._database = database
        site = Path.cwd()
        self._fixes = Fixes(database, housekeeping, aggressive=settings.aggressive_optimization)
        self._builds = Builds(site, database.path.parent, settings.version, clock)
        self._tests = SelfTests(site, database, self.records, log)
        self._forwarding = (
            Forwarding(settings.improve_forward_url, settings.improve_forward_token, log)
            if settings.improve_forward_url
            else None
        )
        watches = settings.env == "dev" and settings.auto_test
        self.watch = Watch(site, self._tests, clock, log) if watches else None

    async def run(self) -> None:
        """Cycle after cycle, until cancelled."""
        while True:
            await asyncio.to_thread(self.cycle)
            await self._clock.sleep(self.interval)

    def cycle(self) -> None:
        """One cycle; one that cannot be recorded is logged and given up."""
        cycle = Cycle(
            settings=self._settings,
            clock=self._clock,
            log=self._log,
            metrics=self._metrics,
            traffic=self._traffic,
            database=self._database,
            records=self.records,
            fixes=self._fixes,
            builds=self._builds,
            tests=self._tests,
            forwarding=self._forwarding,
        )
        try:
            cycle.run()
        except UnavailableError as error:
            self._log.warning("improvement given up for now", reason=str(error))

    def as_json(self) -> dict[str, Any]:
        """What is switched on, and how often."""
        settings = self._settings
        return {
            "enabled": self.enabled,
            "interval_seconds": self.interval,
            "aggressive": settings.aggressive_optimization,
            "auto_build": settings.auto_build,
            "auto_test": settings.auto_test,
            "auto_deploy": settings.auto_deploy,
            "dogfood": settings.dogfood,
            "phases": phases_of(settings) if self.enabled else [],
            "tests_on_change": self.watch is not None,
        }
