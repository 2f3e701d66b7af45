"""Consents to the step from gamma to prod: given, taken back, made up, and what the gate says to them."""

from functools import partial

from machinery import made_up
from machinery.gatekeeping import Gatekeeping
from proveout.evidence.key import trusted
from proveout.gates.approvals import approve
from proveout.gates.context import Context
from proveout.gates.endings import EndOfApproval, of_record
from proveout.gates.records import Records
from proveout.gates.rules import judge
from proveout.model.verdict import Word

EDGE = "gamma-prod"
DAY = 86400.0
put = partial(made_up.put, hours=2.0)


def without_approval(folder, **options):
    keeping = Gatekeeping(folder / "ceesar", "ceesar", **options)
    keeping.approve = lambda *_, **__: None
    keeping.ready(EDGE)
    return keeping


def consent(keeping, *, hours=2.0, edge=EDGE, **changes):
    usual = {"by": "Bea Boss", "authors": ["Ann Author"], "reason": "agreed upon in the weekly meeting"}
    gate = keeping.catalogue.gate(f"{keeping.system}/{edge}")
    return approve(keeping.catalogue, gate, keeping.ledger(keeping.ago(hours=hours)), **usual | changes)


def withdraw(keeping, entry, *, hours=1.0, by="Bea Boss"):
    def made(records, given):
        reason = "the figures were wrong"
        return of_record(EndOfApproval, records, keeping.system, entry.id, given=given, by=by, reason=reason)

    return keeping.ledger(keeping.ago(hours=hours)).add(made)


def line(keeping, **options):
    (found,) = [each for each in keeping.decide(EDGE, **options).lines if each.needs == "approval"]
    return found


def judged(keeping):
    """The line alone, without what the other rules come to."""
    gate = keeping.catalogue.gate(f"{keeping.system}/{EDGE}")
    (rule,) = [each for each in gate.rules if each.needs == "approval"]
    records = Records(keeping.store.snapshot(), trusted(keeping.directory), keeping.now)
    return judge(rule, Context(keeping.catalogue, gate, records, keeping.now))


def held(keeping, text, **options):
    """Whether the gate holds for the one reason that the text tells."""
    found = line(keeping, **options)
    return found.word is Word.HOLD and text in " ".join(found.reasons)
