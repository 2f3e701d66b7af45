"""`proveout event`: put on record what happened to an environment, so that gates ask what follows from it."""

import argparse
import sys
from functools import partial
from typing import Any

from proveout.cli import consent, place
from proveout.gates import events
from proveout.model.mistake import UserError, near

EXAMPLE = 'proveout event gaia/prod recovery --by NAME --reason "database brought back from a backup"'


def add(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("event", help="put on record that an environment was recovered")
    parser.add_argument("environment", help="the environment, such as gaia/prod")
    parser.add_argument("what", help="what happened: recovery")
    parser.add_argument("--by", metavar="NAME", help="who says so")
    parser.add_argument("--reason", metavar="TEXT", help="what was done, and why")
    parser.add_argument(
        "--at", metavar="TIME", help="when it was done (default: now), as 2026-11-22T20:00:00Z"
    )
    place.add(parser)
    parser.set_defaults(do=_event)


def _event(arguments: argparse.Namespace) -> int:
    catalogue = place.catalogue(arguments)
    name = arguments.environment
    environment = catalogue.environments.get(name)
    if environment is None:
        known = catalogue.environments
        raise UserError(f'there is no environment "{name}"{near(name, known)}\nnext: proveout env list')
    stated = partial(consent.stated, arguments, example=EXAMPLE)
    try:
        at = None if arguments.at is None else events.time(arguments.at)
    except ValueError as error:
        raise UserError(f"--at {arguments.at!r}: {error}\nnext: --at 2026-11-22T20:00:00Z") from None
    ledger = consent.ledger(arguments, catalogue.systems[environment.system])
    by, reason = stated("by"), stated("reason")
    entry, event = events.happened(environment, arguments.what, ledger, by=by, reason=reason, at=at)
    sys.stdout.write(
        f"{event.what} of {event.environment} at {event.at} is on record, {event.by} says so\n"
        f"record: {ledger.file(entry)}\n"
        f"next: pytest --env={event.environment} -m smoke\n"
    )
    return 0
