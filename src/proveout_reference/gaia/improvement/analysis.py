"""Analysis: the figures a cycle starts from, and what is found in them."""

import sqlite3
from dataclasses import dataclass

from proveout_reference.gaia.database.database import Database
from proveout_reference.gaia.database.file import companion
from proveout_reference.gaia.metrics.traffic import RouteFigures, Traffic
from proveout_reference.gaia.settings import Settings

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Figures:
    """What the server measured of itself since the last cycle."""

    routes: dict[str, RouteFigures]
    database_bytes: int
    journal_bytes: int
    free_share: float
    log_bytes: int
    failed_tasks: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to improve: what kind of thing, where, and the figure that shows it."""

    kind: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """From where on a figure is a finding."""

    slow_seconds: float
    failure_share: float
    journal_bytes: int
    free_share: float
    log_share: float


CAREFUL = Bounds(0.5, 0.05, 16 * _MEGABYTE, 0.5, 0.9)
AGGRESSIVE = Bounds(0.2, 0.01, 4 * _MEGABYTE, 0.2, 0.5)


def measure(settings: Settings, database: Database, traffic: Traffic) -> Figures:
    """Takes the figures. Raises UnavailableError."""

    def work(connection: sqlite3.Connection) -> tuple[int, int, int]:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        free = connection.execute("PRAGMA freelist_count").fetchone()[0]
        failed = connection.execute("SELECT count(*) FROM tasks WHERE state = 'failed'").fetchone()[0]
        return pages, free, failed

    pages, free, failed = database.read_now(work)
    log = settings.log_dir / "gaia.log"
    journal = companion(database.path, "-wal")
    return Figures(
        routes=traffic.take(),
        database_bytes=database.size(),
        journal_bytes=journal.stat().st_size if journal.exists() else 0,
        free_share=free / pages if pages else 0.0,
        log_bytes=log.stat().st_size if log.exists() else 0,
        failed_tasks=failed,
    )


def summary(figures: Figures) -> str:
    """The figures in one sentence."""
    requests = sum(route.requests for route in figures.routes.values())
    failures = sum(route.failures for route in figures.routes.values())
    slowest = max((route.slowest for route in figures.routes.values()), default=0.0)
    return (
        f"{requests} requests, {failures} failed, slowest {slowest * 1000:.0f} ms; "
        f"database {figures.database_bytes} bytes, log {figures.log_bytes} bytes"
    )


def detect(figures: Figures, bounds: Bounds, largest_log: int) -> list[Finding]:
    """What is worth improving in the figures."""
    findings: list[Finding] = []
    for route, seen in sorted(figures.routes.items()):
        if seen.average > bounds.slow_seconds:
            detail = f"{seen.average * 1000:.0f} ms on average over {seen.requests} requests"
            findings.append(Finding("slow-route", route, detail))
        if seen.failures / seen.requests > bounds.failure_share:
            findings.append(Finding("failing-route", route, f"{seen.failures} of {seen.requests} failed"))
    if figures.journal_bytes > bounds.journal_bytes:
        findings.append(Finding("large-journal", "database", f"{figures.journal_bytes} bytes"))
    if figures.free_share > bounds.free_share:
        findings.append(Finding("free-pages", "database", f"{figures.free_share:.0%} of its pages are free"))
    if figures.log_bytes > bounds.log_share * largest_log:
        findings.append(Finding("large-log", "gaia.log", f"{figures.log_bytes} of {largest_log} bytes"))
    return findings
