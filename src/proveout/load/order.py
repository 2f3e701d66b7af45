"""The order: everything the load generator is told, as a file, because it is another process."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from proveout.load.schedule import Schedule
from proveout.model.environment import Effect
from proveout.model.files import write_json
from proveout.safety.policy import Policy

VARIABLE = "PROVEOUT_LOAD_ORDER"  # holds the path of the file


@dataclass(frozen=True)
class Order:
    """Whom to visit, how often, and what must not be exceeded.

    `environment` is the name the target must give itself. `in_flight` visits and `requests` in all are the
    most; an answer has `answer` seconds and `body` bytes.
    """

    url: str
    environment: str
    policy: Policy
    effect: Effect
    rate: float
    duration: float
    in_flight: int
    requests: int
    answer: float
    body: int
    journal: str

    @property
    def schedule(self) -> Schedule:
        """Return when the visits are due."""
        return Schedule(self.rate, self.duration)

    def save(self, path: Path) -> None:
        """Write the order to a file."""
        policy = asdict(self.policy)
        sets = {key: sorted(value) for key, value in policy.items() if isinstance(value, frozenset)}
        write_json(path, asdict(self) | {"policy": policy | sets})

    @classmethod
    def load(cls, path: Path) -> "Order":
        """Read the order that `save` wrote."""
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        policy: dict[str, Any] = {
            key: frozenset(tuple(v) if isinstance(v, list) else v for v in value)
            if isinstance(value, list)
            else value
            for key, value in content.pop("policy").items()
        }
        return cls(policy=Policy(**policy), **content)
