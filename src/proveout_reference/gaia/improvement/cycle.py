"""Cycle: one round of self-improvement, phase after phase, each recorded and logged."""

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.database.database import Database, UnavailableError
from proveout_reference.gaia.health.probe import Probe
from proveout_reference.gaia.improvement.analysis import (
    AGGRESSIVE,
    CAREFUL,
    Figures,
    Finding,
    detect,
    measure,
    summary,
)
from proveout_reference.gaia.improvement.builds import Build, Builds
from proveout_reference.gaia.improvement.fixes import Fixes
from proveout_reference.gaia.improvement.forwarding import Forwarding
from proveout_reference.gaia.improvement.records import PhaseRecord, Records
from proveout_reference.gaia.improvement.selftests import SelfTests
from proveout_reference.gaia.log.log import Log
from proveout_reference.gaia.metrics.metrics import Metrics
from proveout_reference.gaia.metrics.traffic import Traffic
from proveout_reference.gaia.settings import Settings

DONE, FAILED, SKIPPED = "done", "failed", "skipped"

Outcome = tuple[str, str]
Phase = tuple[str, Callable[[], Outcome]]


def phases_of(settings: Settings) -> list[str]:
    """The phases that the settings switch on, in their order."""
    optional = {
        "dogfood": settings.dogfood,
        "build": settings.auto_build,
        "test": settings.auto_test,
        "deploy": settings.auto_deploy,
    }
    order = ("dogfood", "analyse", "detect", "fix", "build", "test", "deploy", "verify")
    return [phase for phase in order if optional.get(phase, True)]


class Cycle:
    """One round; what a phase finds, the next ones work with."""

    def __init__(
        self,
        *,
        settings: Settings,
        clock: Clock,
        log: Log,
        metrics: Metrics,
        traffic: Traffic,
        database: Database,
        records: Records,
        fixes: Fixes,
        builds: Builds,
        tests: SelfTests,
        forwarding: Forwarding | None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._log = log
        self._metrics = metrics
        self._traffic = traffic
        self._database = database
        self._records = records
        self._fixes = fixes
        self._builds = builds
        self._tests = tests
        self._forwarding = forwarding
        self._figures: Figures | None = None
        self._findings: list[Finding] = []
        self._build: Build | None = None
        self._may_deploy = True
        self._deployed_before: tuple[str | None] | None = None

    def run(self) -> None:
        """Runs every phase that is switched on. Raises UnavailableError when it cannot be recorded."""
        number = self._records.next_cycle()
        for name, phase in self._phases():
            started = self._clock.text()
            try:
                status, detail = phase()
            except (UnavailableError, OSError) as error:
                status, detail = FAILED, _reason(error)
            self._records.add_phase(PhaseRecord(number, name, status, detail, started, self._clock.text()))
            self._metrics.improvement_phases.labels(name, status).inc()
            say = self._log.warning if status == FAILED else self._log.info
            say("improvement", cycle=number, phase=name, status=status, detail=detail)
        self._metrics.improvement_cycles.inc()

    def _phases(self) -> Iterator[Phase]:
        all_phases: dict[str, Callable[[], Outcome]] = {
            "dogfood": self._dogfood,
            "analyse": self._analyse,
            "detect": self._detect,
            "fix": self._fix,
            "build": self._make_build,
            "test": self._test,
            "deploy": self._deploy,
            "verify": self._verify,
        }
        for name in phases_of(self._settings):
            yield name, all_phases[name]

    def _dogfood(self) -> Outcome:
        """Uses the environment's own quotas and confirmations as its users do."""

        def work(connection: sqlite3.Connection) -> tuple[int, int]:
            rules = connection.execute("SELECT count(*) FROM quota_rules WHERE enabled = 1").fetchone()[0]
            asked = connection.execute("SELECT count(*) FROM confirmations").fetchone()[0]
            return rules, asked

        rules, asked = self._database.read_now(work)
        return DONE, f"works under its own {rules} rules; {asked} confirmations on record"

    def _analyse(self) -> Outcome:
        self._figures = measure(self._settings, self._database, self._traffic)
        return DONE, summary(self._figures)

    def _detect(self) -> Outcome:
        if self._figures is None:
            return SKIPPED, "there are no figures"
        bounds = AGGRESSIVE if self._settings.aggressive_optimization else CAREFUL
        self._findings = detect(self._figures, bounds, self._settings.log_max_size)
        for finding in self._findings:
            self._metrics.improvement_findings.labels(finding.kind).inc()
        named = ", ".join(f"{finding.kind} {finding.subject}" for finding in self._findings)
        return DONE, f"{len(self._findings)} findings{': ' if named else ''}{named}"[:500]

    def _fix(self) -> Outcome:
        done, mended = self._fixes.apply(self._findings)
        items: list[dict[str, Any]] = []
        for finding in self._findings:
            state = "fixed" if finding.kind in mended else "open"
            origin = self._settings.env
            items.append(
                self._records.keep_item(finding.kind, finding.subject, finding.detail, origin, state)
            )
        if self._forwarding is not None and items:
            done.append(f"forwarded {self._forwarding.send(items)} of {len(items)} items")
        return DONE, "; ".join(done)

    def _make_build(self) -> Outcome:
        self._build = self._builds.make()
        return DONE, f"build {self._build.digest} of {len(self._build.files)} files"

    def _test(self) -> Outcome:
        run = self._tests.run("improvement")
        self._may_deploy = not run.failures
        return (FAILED if run.failures else DONE), run.detail

    def _deploy(self) -> Outcome:
        if self._build is None:
            return SKIPPED, "there is no build"
        if not self._may_deploy:
            return SKIPPED, "its tests failed"
        before = self._builds.deploy(self._build)
        if before == self._build.digest:
            return DONE, f"build {before} is deployed already"
        self._deployed_before = (before,)
        return DONE, f"build {self._build.digest} takes the place of {before or 'none'}"

    def _verify(self) -> Outcome:
        verdict = Probe(self._database).look()
        if verdict.healthy:
            return DONE, f"healthy within {verdict.milliseconds:g} ms"
        if self._deployed_before is None:
            return FAILED, verdict.reason
        before = self._deployed_before[0]
        self._builds.roll_back(before)
        return FAILED, f"{verdict.reason}; rolled back to build {before or 'none'}"


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or "the disk refused"
    return str(error)
