"""Log lines: the log as a metric, for environments whose log goes to the metrics too."""

from prometheus_client import Counter

from proveout_reference.gaia.log.record import LEVELS, Record
from proveout_reference.gaia.metrics.metrics import Metrics


class LogLines:
    """An output that counts records by level."""

    def __init__(self, metrics: Metrics) -> None:
        self._lines = Counter(
            "gaia_log_lines", "Lines logged, by level.", ["level"], registry=metrics.registry
        )
        for level in LEVELS:
            self._lines.labels(level)  # shown from the start, at zero

    def write(self, record: Record) -> None:
        """Counts one record."""
        self._lines.labels(record.level).inc()

    def close(self) -> None:
        """Keeps its figures."""
