"""A recorded consent to this very version."""

from proveout.gates.context import Context
from proveout.gates.line import Line
from proveout.model.gate import ApprovalRule
from proveout.model.verdict import Word


def approval(rule: ApprovalRule, context: Context) -> Line:
    """Somebody who did not make the change consented to it."""
    return Line(rule.says, rule.needs, Word.HOLD, ("no approval",), (context.gate.id,), decides=rule.decides)
