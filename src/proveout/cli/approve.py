"""`proveout approve`: consent to the release in question at a gate, taking it back, and what there is."""

import argparse
import sys
from functools import partial
from typing import Any

from proveout.cli import consent, place
from proveout.gates import approvals
from proveout.gates.context import Context
from proveout.gates.endings import EndOfApproval, of_record
from proveout.gates.release import Release
from proveout.model.gate import Gate
from proveout.model.quantity import brief
from proveout.model.wording import plain, plural

EXAMPLE = 'proveout approve {} --by "Ann <ann@example.org>" --author "Bob Ray" --reason "release of week 47"'
BACK = 'proveout approve {} --withdraw ID --by NAME --reason "why not"'


def add(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("approve", help="consent to what the newest run found where a gate begins")
    parser.add_argument("edge", help="the gate, such as ceesar/gamma-prod")
    parser.add_argument("--by", metavar="NAME", help="who approves")
    parser.add_argument(
        "--author", action="append", default=[], metavar="NAME[,NAME]", help="who made it; repeatable"
    )
    parser.add_argument("--reason", metavar="TEXT", help="why it may go on")
    longest = brief(approvals.LONGEST)
    parser.add_argument("--expires", metavar="7d", help=f"how long it holds (default and most: {longest})")
    parser.add_argument("--rehearse", action="store_true", help="for a rehearsal, which promotes nothing")
    parser.add_argument("--withdraw", metavar="ID", help="take an approval back")
    parser.add_argument("--list", action="store_true", help="the approvals, and why one does not count")
    place.add(parser)
    parser.set_defaults(do=_approve)


def _approve(arguments: argparse.Namespace) -> int:
    if arguments.list:
        return _list(arguments)
    return _withdraw(arguments) if arguments.withdraw is not None else _consent(arguments)


def _consent(arguments: argparse.Namespace) -> int:
    catalogue = place.catalogue(arguments)
    gate = catalogue.gate(arguments.edge)
    stated = partial(consent.stated, arguments, example=EXAMPLE.format(gate.id))
    authors = [" ".join(name.split()) for text in arguments.author for name in text.split(",")]
    if not any(authors):
        arguments.author = None
        stated("author")
    ledger = consent.ledger(arguments, catalogue.systems[gate.system])
    entry, approval = approvals.approve(
        catalogue,
        gate,
        ledger,
        by=stated("by"),
        authors=authors,
        reason=stated("reason"),
        span=approvals.LONGEST if arguments.expires is None else consent.span(arguments.expires),
        rehearsal=arguments.rehearse,
    )
    release = Release(approval.release.version, approval.release.artifact)
    seen = f"{len(approval.runs)} {plural(len(approval.runs), 'run')} seen"
    rehearse = " --rehearse" if approval.rehearsal else ""
    sys.stdout.write(
        f"{approval.by} approves {plain(str(release))} for {gate.id}{' (rehearsal)' if rehearse else ''} "
        f"until {approval.expires}, {seen}; a run that fails from now on voids it\n"
        f"record: {ledger.file(entry)}\n"
        f"next: proveout gate {gate.id} --explain{rehearse}\n"
    )
    return 0


def _withdraw(arguments: argparse.Namespace) -> int:
    consent.no_more(arguments, "--withdraw", "author", "expires", "rehearse")
    catalogue = place.catalogue(arguments)
    gate = catalogue.gate(arguments.edge)
    system = catalogue.systems[gate.system]
    stated = partial(consent.stated, arguments, example=BACK.format(gate.id))
    by, reason = stated("by"), stated("reason")
    ledger = consent.ledger(arguments, system)
    entry, end = ledger.add(
        lambda records, given: of_record(
            EndOfApproval, records, gate.id, arguments.withdraw, given=given, by=by, reason=reason
        )
    )
    sys.stdout.write(
        f"{end.by} took the approval {end.ends} back; it no longer counts\n"
        f"record: {ledger.file(entry)}\n"
        f"next: proveout approve {gate.id} --list\n"
    )
    return 0


def _list(arguments: argparse.Namespace) -> int:
    consent.no_more(arguments, "--list", "by", "author", "reason", "expires", "withdraw")
    catalogue = place.catalogue(arguments)
    gate = catalogue.gate(arguments.edge)
    ledger = consent.ledger(arguments, catalogue.systems[gate.system])
    records = ledger.records()
    context = Context(catalogue, gate, records, ledger.now, rehearsal=arguments.rehearse)
    lines = [_line(*found) for found in approvals.on_record(context)]
    return consent.listed(lines or [_none(gate)], records.troubles)


def _line(entry: Any, approval: approvals.Approval | None, complaint: str) -> str:
    if approval is None or complaint:
        return f"{entry.id}  does not count: {complaint}"
    release = Release(approval.release.version, approval.release.artifact)
    return (
        f"{entry.id}  counts until {approval.expires}: {approval.by} approves {plain(str(release))}, "
        f"by {', '.join(approval.authors)}: {approval.reason}"
    )


def _none(gate: Gate) -> str:
    return f"{gate.id}: no approval is on record that has not expired"
