"""A recorded consent to this very version."""

from itertools import islice

from proveout.gates.approvals import on_record
from proveout.gates.context import Context
from proveout.gates.line import Line
from proveout.model.gate import ApprovalRule
from proveout.model.verdict import Word

SHOWN = 3  # approvals that do not count, the newest ones


def approval(rule: ApprovalRule, context: Context) -> Line:
    """Somebody who did not make the change consented to it, and nothing failed since."""
    against = []
    for entry, _, complaint in on_record(context):
        if not complaint:
            context.records.use(entry)
            return Line.of(rule, Word.PASS, used=(entry,))
        against.append(complaint)
    reasons = tuple(islice(against, SHOWN)) or ("no approval is on record that has not expired",)
    rehearse = " --rehearse" if context.rehearsal else ""
    command = f"proveout approve {context.gate.id} --by NAME --author NAME --reason TEXT{rehearse}"
    return Line.of(rule, Word.HOLD, reasons, (command,))
