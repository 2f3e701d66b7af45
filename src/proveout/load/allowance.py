"""The allowance: what the users of one worker may still send, shared by all of them."""

from dataclasses import dataclass, field
from functools import cached_property

from proveout.load.order import Order
from proveout.safety.policy import READING

REMEMBERED = 20  # different refusals; a journey that is refused more has said enough


@dataclass
class Allowance:
    """Decides on every request before it is sent; `refused` are the objections, the first ones of them.

    `closing` stops visits before their next request, so that those under way come to an end.
    """

    order: Order
    requests: int = 0
    closing: bool = False
    refused: list[str] = field(default_factory=list)
    _reading: set[tuple[str, str, str, int]] = field(default_factory=set, repr=False)

    @cached_property
    def most(self) -> int:
        """Return how many requests this worker may send: its share of all."""
        return self.order.requests // self.order.workers

    def reads(self, place: tuple[str, str, str, int]) -> bool:
        """Return whether a request (method, scheme, host, port) may be sent whatever its path is; counts it.

        False leaves the question to `objection`. Asked for every request, so the answer is remembered.
        """
        if place in self._reading and self.requests < self.most:
            self.requests += 1
            return True
        return False

    def objection(self, method: str, scheme: str, host: str, port: int, path: str) -> str | None:
        """Return why a request may not be sent, and remember it; None counts it as sent."""
        if self.requests >= self.most:
            said = f"the run's budget of requests is used up ({self.most} were left for the load)"
        else:
            order = self.order
            found = order.policy.objection(
                order.effect, method, scheme=scheme, host=host, port=port, path=path
            )
            if found is None:
                self.requests += 1
                if method in READING:
                    self._reading.add((method, scheme, host, port))
                return None
            said = found
        if len(self.refused) < REMEMBERED and said not in self.refused:
            self.refused.append(said)
        return said
