"""Permission to put a live environment under load; the last one of a system's order needs it twice."""

from proveout.model.system import System
from proveout.providers.plan import Plan

LOADING = frozenset({"load", "soak"})  # the tiers that put a target under load
OPTION = "--load-on-prod"


def objection(plan: Plan, system: System, *, granted: bool) -> str | None:
    """Return why a target may not be put under load, or None; `granted` says that the command line does."""
    environment = plan.environment
    if plan.disposable:
        return None
    lacking = [] if environment.effects.load else ["[effects] load = true in its environment.toml"]
    if environment.name == system.order[-1] and not granted:
        lacking.append(f"{OPTION} on the command line")
    if not lacking:
        return None
    return f"the live {environment.id} may not be put under load without {' and '.join(lacking)}"
