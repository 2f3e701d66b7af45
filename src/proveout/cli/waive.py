"""`proveout waive`: set a failing claim of one environment aside for a while, end that, and list."""

import argparse
import sys
from functools import partial
from typing import Any

from proveout.catalogue.catalogue import Catalogue
from proveout.cli import consent, place
from proveout.gates import waivers
from proveout.gates.endings import EndOfWaiver, of_record
from proveout.model.environment import Environment
from proveout.model.mistake import UserError, near
from proveout.model.quantity import brief
from proveout.model.system import System

EXAMPLE = (
    'proveout waive CLAIM --env SYSTEM/ENVIRONMENT --reason "why it does no harm" --owner NAME '
    "--issue NUMBER --expires 10d"
)
BACK = 'proveout waive --end ID --by NAME --reason "mended in 2.3.2"'


def add(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("waive", help="set a failing claim aside for a while, for gates")
    parser.add_argument("claim", nargs="?", help="the claim, such as GAIA-BK-STG-DAILY")
    parser.add_argument("--env", metavar="NAME", help="the environment, such as gaia/staging")
    parser.add_argument("--reason", metavar="TEXT", help="why it does no harm meanwhile")
    parser.add_argument("--owner", metavar="NAME", help="who answers for it")
    parser.add_argument("--issue", metavar="ISSUE", help="where the work on it is")
    longest = brief(waivers.LONGEST)
    parser.add_argument("--expires", metavar="10d", help=f"how long it holds (most: {longest})")
    parser.add_argument("--end", metavar="ID", help="end a waiver")
    parser.add_argument("--by", metavar="NAME", help="who ends it")
    parser.add_argument("--list", action="store_true", help="the waivers that nobody has ended")
    place.add(parser)
    parser.set_defaults(do=_waive)


def _waive(arguments: argparse.Namespace) -> int:
    if arguments.list:
        return _list(arguments)
    return _end(arguments) if arguments.end is not None else _set_aside(arguments)


def _set_aside(arguments: argparse.Namespace) -> int:
    consent.no_more(arguments, "a waiver", "by")
    if arguments.claim is None:
        raise UserError(f"which claim?\nnext: {EXAMPLE}, or proveout waive --list")
    catalogue = place.catalogue(arguments)
    stated = partial(consent.stated, arguments, example=EXAMPLE)
    environment = _environment(catalogue, stated("env"), arguments.claim)
    ledger = consent.ledger(arguments, catalogue.systems[environment.system])
    entry, waiver = waivers.waive(
        ledger.system,
        environment,
        arguments.claim,
        ledger,
        reason=stated("reason"),
        owner=stated("owner"),
        issue=stated("issue"),
        span=consent.span(stated("expires")),
    )
    sys.stdout.write(
        f"{waiver.claim} may fail in {waiver.environment} until {waiver.expires}; {waiver.owner} answers "
        "for it. It is verified all the same, and the gates name the waiver\n"
        f"record: {ledger.file(entry)}\n"
        f"next: once it is mended: proveout waive --end {entry.id} --by NAME --reason TEXT\n"
    )
    return 0


def _environment(catalogue: Catalogue, name: str, claim: str) -> Environment:
    environments = catalogue.environments
    found = [e for e in environments.values() if name in {e.id, e.name}]
    known = catalogue.claim(claim)
    if len(found) > 1 and known is not None:  # a claim belongs to one system
        found = [e for e in found if claim in catalogue.system_of(e).by_claim]
    if len(found) == 1:
        return found[0]
    if found:
        raise UserError(f"--env {name}: one of {', '.join(e.id for e in found)}\nnext: say which")
    raise UserError(
        f'--env {name}: there is no environment "{name}"{near(name, environments)}\n'
        "  a waiver is for one environment\nnext: proveout env list"
    )


def _end(arguments: argparse.Namespace) -> int:
    consent.no_more(arguments, "--end", "claim", "env", "owner", "issue", "expires")
    catalogue = place.catalogue(arguments)
    stated = partial(consent.stated, arguments, example=BACK)
    by, reason = stated("by"), stated("reason")
    system = _system(catalogue, arguments)
    ledger = consent.ledger(arguments, system)
    entry, end = ledger.add(
        lambda records, given: of_record(
            EndOfWaiver, records, system.name, arguments.end, given=given, by=by, reason=reason
        )
    )
    sys.stdout.write(
        f"{end.by} ended the waiver {end.ends}; what it set aside counts again\n"
        f"record: {ledger.file(entry)}\n"
        "next: proveout waive --list\n"
    )
    return 0


def _system(catalogue: Catalogue, arguments: argparse.Namespace) -> System:
    """Return the system that the waiver to end is about."""
    records = consent.ledger(arguments, next(iter(catalogue.systems.values()))).records()
    for entry in records.newest_first("waiver"):
        about = entry.facts.get("environment")
        name = about.partition("/")[0] if isinstance(about, str) else ""
        if arguments.end in {entry.id, str(entry.number)} and name in catalogue.systems:
            return catalogue.systems[name]
    known = [entry.id for entry in records.newest_first("waiver")]
    raise UserError(
        f'there is no waiver "{arguments.end}"{near(arguments.end, known)}\nnext: proveout waive --list'
    )


def _list(arguments: argparse.Namespace) -> int:
    consent.no_more(arguments, "--list", "claim", "env", "reason", "owner", "issue", "expires", "end", "by")
    catalogue = place.catalogue(arguments)
    lines: list[str] = []
    troubles: list[str] = []
    for system in catalogue.systems.values():
        records = consent.ledger(arguments, system).records()
        for entry, waiver in waivers.on_record(records, system):
            mistake = waivers.complaint(entry, waiver, records, system)
            state = f"until {waiver.expires}" if mistake is None else f"a mistake: {mistake}"
            what = f"{waiver.claim} in {waiver.environment}, {waiver.owner}, {waiver.issue}"
            lines.append(f"{entry.id}  {what}, {state}: {waiver.reason}")
        troubles += records.troubles
    return consent.listed(lines or ["nothing is waived"], troubles)
