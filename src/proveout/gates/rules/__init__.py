"""The rules of a gate, one kind per function: `judge` finds the one for a rule."""

from collections.abc import Callable
from typing import Any

from proveout.gates.context import Context
from proveout.gates.line import Line
from proveout.gates.rules import (
    approval,
    claims,
    document,
    independent,
    logs,
    merged,
    monitored,
    order,
    recovered,
    soak,
)
from proveout.model.gate import Rule

JUDGES: dict[str, Callable[[Any, Context], Line]] = {
    "tier": claims.tier,
    "claims": claims.named,
    "soak": soak.soak,
    "logs": logs.logs,
    "approval": approval.approval,
    "document": document.document,
    "promoted": order.promoted,
    "record": order.record,
    "deployed": order.deployed,
    "monitored": monitored.monitored,
    "merged": merged.merged,
    "independent": independent.independent,
    "recovered": recovered.recovered,
}
# These look at the runs that the other rules rest on, so they come after them.
LAST = ("logs", "approval")


def judge(rule: Rule, context: Context) -> Line:
    """Return what a rule comes to."""
    return JUDGES[rule.needs](rule, context)
