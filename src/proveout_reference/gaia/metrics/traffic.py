"""Traffic: how each route did lately, for the server's own analysis."""

from dataclasses import dataclass
from threading import Lock


@dataclass(slots=True)
class RouteFigures:
    """What happened on one route."""

    requests: int = 0
    failures: int = 0
    seconds: float = 0.0
    slowest: float = 0.0

    @property
    def average(self) -> float:
        """Seconds an answer took on average."""
        return self.seconds / self.requests if self.requests else 0.0


class Traffic:
    """Figures by route since they were last taken; there are as many as there are routes."""

    def __init__(self) -> None:
        self._routes: dict[str, RouteFigures] = {}
        self._lock = Lock()

    def add(self, route: str, status: int, seconds: float) -> None:
        """Counts one answer."""
        with self._lock:
            figures = self._routes.setdefault(route, RouteFigures())
            figures.requests += 1
            figures.failures += status >= 500
            figures.seconds += seconds
            figures.slowest = max(figures.slowest, seconds)

    def take(self) -> dict[str, RouteFigures]:
        """Gives the figures and begins anew."""
        with self._lock:
            taken, self._routes = self._routes, {}
        return taken
