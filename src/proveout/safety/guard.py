"""The guard at the transport: the last door a request passes, whoever sends it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from proveout.model.environment import Budgets, Effect
from proveout.safety.policy import Policy


class Refused(Exception):
    """The guard did not let a request out; the run is over budget or the check does what it may not."""


@dataclass
class Guard:
    """Counts and judges the requests of one run to one target; safe to share between threads."""

    policy: Policy
    budgets: Budgets
    effect: Effect = "reads"
    requests: int = 0
    refusals: list[str] = field(default_factory=list)
    in_flight: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @contextmanager
    def passage(self, method: str, scheme: str, host: str, port: int, path: str) -> Iterator[None]:
        """Let one request through, or raise.

        Raises:
            Refused: the policy objects, or a budget is used up. The refusal is remembered: a check that
                swallows the error does not make the run green.
        """
        with self._lock:
            objection = self.policy.objection(
                self.effect, method, scheme=scheme, host=host, port=port, path=path
            )
            if objection is None and self.requests >= self.budgets.requests:
                objection = f"the run's budget of {self.budgets.requests} requests is used up"
            if objection is None and self.in_flight >= self.budgets.concurrency:
                objection = f"{self.budgets.concurrency} requests are in flight, the most the budget allows"
            if objection is not None:
                self.refusals.append(objection)
                raise Refused(objection)
            self.requests += 1
            self.in_flight += 1
        try:
            yield
        finally:
            with self._lock:
                self.in_flight -= 1

    @contextmanager
    def acting_as(self, effect: Effect) -> Iterator[None]:
        """Judge the requests made meanwhile as those of a check with this effect."""
        before, self.effect = self.effect, effect
        try:
            yield
        finally:
            self.effect = before
