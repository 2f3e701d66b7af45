"""Metrics: the registry of this server and the figures in it."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

_METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Every figure has a bounded number of series: labels are routes and states, never what a client sent."""

    def __init__(self, environment: str, version: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # one more series for each, and nobody asks when a counter was made
        self.registry = CollectorRegistry()
        registry = self.registry
        ProcessCollector(registry=registry)
        build = Gauge("gaia_build_info", "What is running.", ["environment", "version"], registry=registry)
        build.labels(environment, version).set(1)
        self._requests = Counter(
            "gaia_http_requests",
            "HTTP requests answered, by method, route and status.",
            ["method", "route", "status"],
            registry=registry,
        )
        self._durations = Histogram(
            "gaia_http_request_duration_seconds",
            "Time from a request's head to its answer's end.",
            ["method", "route"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self.in_flight = Gauge("gaia_http_requests_in_flight", "Requests being served.", registry=registry)
        self.backups = Counter("gaia_backups", "Backups taken, by result.", ["result"], registry=registry)
        self.backup_last_success = Gauge(
            "gaia_backup_last_success_timestamp_seconds",
            "When the newest good backup was taken; 0 when there is none.",
            registry=registry,
        )
        self.checks = Counter(
            "gaia_health_checks", "Health checks, by result.", ["result"], registry=registry
        )
        self.last_check = Gauge(
            "gaia_health_last_check_timestamp_seconds",
            "When the server last checked itself on its own beat.",
            registry=registry,
        )
        self.healthy = Gauge("gaia_healthy", "1 when the last health check was good.", registry=registry)
        self.database_bytes = Gauge("gaia_database_size_bytes", "Size of the database.", registry=registry)
        self.websocket_clients = Gauge(
            "gaia_websocket_clients", "WebSocket clients connected.", registry=registry
        )
        self.tasks = Gauge("gaia_tasks", "Tasks kept, by state.", ["state"], registry=registry)
        self.task_workers = Gauge("gaia_task_workers", "Threads that work on tasks.", registry=registry)
        self.tasks_ended = Counter(
            "gaia_tasks_ended", "Tasks ended, by kind and result.", ["kind", "result"], registry=registry
        )
        self.improvement_cycles = Counter(
            "gaia_improvement_cycles", "Self-improvement cycles ended.", registry=registry
        )
        self.improvement_phases = Counter(
            "gaia_improvement_phases",
            "Self-improvement phases ended, by phase and status.",
            ["phase", "status"],
            registry=registry,
        )
        self.improvement_findings = Counter(
            "gaia_improvement_findings", "Findings made, by kind.", ["kind"], registry=registry
        )
        for result in ("success", "failure"):
            self.backups.labels(result)
            self.checks.labels(result)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts one answered request."""
        known = method if method in _METHODS else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._durations.labels(known, route).observe(seconds)

    def text(self) -> bytes:
        """All figures in the Prometheus text format."""
        return generate_latest(self.registry)


CONTENT_TYPE = CONTENT_TYPE_LATEST
