"""That an environment without a promise of stability cannot block a gate it is no end of."""

from typing import Any

from proveout.gates.context import Context
from proveout.gates.line import Line
from proveout.model.gate import IndependentRule
from proveout.model.verdict import Word

# Rules that ask for results of one environment; without a name it is the one where the gate begins.
ASKING = {"tier", "claims", "soak", "logs", "merged", "recovered"}


def independent(rule: IndependentRule, context: Context) -> Line:
    """No rule of the gate asks for results of that environment; claims of several are not its own."""
    wired = [
        f'"{other.says}" waits for results of {rule.of}'
        for other in context.gate.rules
        if other.needs in ASKING and _about(other, context) == rule.of
    ]
    return Line.of(
        rule,
        Word.FAIL if wired else Word.PASS,
        tuple(wired),
        (f"mend environments/{context.gate.system}/gates.toml",) if wired else (),
    )


def _about(rule: Any, context: Context) -> str:
    return getattr(rule, "environment", None) or context.gate.begin
