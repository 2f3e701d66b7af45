"""What the plugin knows of one check: what it is about, what it needs, and what it may do."""

from dataclasses import asdict, dataclass
from typing import Any

import pytest

from proveout.model.claim import TIERS
from proveout.model.environment import Effect
from proveout.plugin.silent import BINDING

SYSTEM_FIXTURES = {"ceesar": "ceesar", "gaia": "gaia"}
TOGETHER_FIXTURES = {"ceesar_environments": "ceesar", "gaia_environments": "gaia"}
ACCESS_FIXTURES = {
    "machine": "machine",
    "machines": "machine",
    "configuration": "machine",
    "configurations": "machine",
    "database": "machine",
    "logs": "logs",
    "metrics": "metrics",
    "source": "source",
    "browser": "browser",
    "sessions": "sessions",
    "port": "port",
    "ports": "port",
    "started": "started",
    "variant": "variant",
}


@dataclass(frozen=True)
class Check:
    """One check bound to the environments it works on; `marks` are the names of all its markers.

    `beside` are further environments it looks at, although its claims are not about them.
    """

    node: str
    environments: tuple[str, ...]
    claims: tuple[str, ...]
    serves: tuple[str, ...]
    effect: Effect
    needs: tuple[str, ...]
    marks: tuple[str, ...]
    beside: tuple[str, ...] = ()

    @property
    def about(self) -> tuple[str, ...]:
        """Return everything the check says it is about."""
        return self.claims + self.serves

    def as_json(self) -> dict[str, Any]:
        """Return the check as JSON values."""
        return asdict(self)


def binds(item: pytest.Item) -> bool:
    """Return whether the check concerns an environment at all."""
    return bool(BINDING & set(getattr(item, "fixturenames", ())))


def claim_ids(node: pytest.Item, marker: str) -> tuple[str, ...]:
    """Return the ids given to `verifies` or `serves` on a check, its class and its module."""
    return tuple(dict.fromkeys(str(i) for mark in node.iter_markers(marker) for i in mark.args))


def effect_of(item: pytest.Item) -> Effect:
    """Return what the check may do to a target; an unmarked check counts as the worst."""
    for effect in ("disrupts", "writes", "reads"):
        if item.get_closest_marker(effect):
            return effect
    return "disrupts"


def check_of(item: pytest.Item, environments: tuple[str, ...]) -> Check:
    """Return what is known of a collected item."""
    fixtures = getattr(item, "fixturenames", ())
    needs = dict.fromkeys(ACCESS_FIXTURES[name] for name in fixtures if name in ACCESS_FIXTURES)
    return Check(
        item.nodeid,
        environments,
        claim_ids(item, "verifies"),
        claim_ids(item, "serves"),
        effect_of(item),
        tuple(needs),
        tuple(dict.fromkeys(mark.name for mark in item.iter_markers())),
    )


def tier_of(item: pytest.Item) -> str | None:
    """Return the tier the check belongs to."""
    return next((tier for tier in TIERS if item.get_closest_marker(tier)), None)
