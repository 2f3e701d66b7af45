"""What the commands share that put on record what a person says: the options, and the ledger."""

import argparse
import os
import sys
from collections.abc import Iterable

from proveout.cli import place
from proveout.evidence.store import Store
from proveout.gates.ledger import Ledger
from proveout.model.mistake import UserError
from proveout.model.quantity import seconds
from proveout.model.system import System


def ledger(arguments: argparse.Namespace, system: System) -> Ledger:
    """Return where the commands put things on record."""
    return Ledger(Store(place.evidence(arguments)), system, place.signing_key(arguments))


def stated(arguments: argparse.Namespace, option: str, example: str) -> str:
    """Return the text of an option, on one line.

    Raises:
        UserError: it is missing.
    """
    value = getattr(arguments, option)
    if value is None:
        raise UserError(f"--{option} is missing\nnext: {example}")
    return " ".join(value.split())


def span(text: str) -> float:
    """Return how long something holds.

    Raises:
        UserError: it is no duration.
    """
    try:
        return seconds(text)
    except ValueError as error:
        raise UserError(f"--expires {text!r}: {error}\nnext: --expires 7d") from None


def listed(lines: list[str], troubles: Iterable[str]) -> int:
    """Print what is on record, and what of the records cannot be believed; return the exit code."""
    sys.stdout.write("\n".join(lines) + "\n")
    told = list(dict.fromkeys(troubles))
    for trouble in told:
        sys.stderr.write(f"proveout: {trouble}\n")
    return 1 if told else 0


def no_more(arguments: argparse.Namespace, action: str, *options: str) -> None:
    """Make sure that an action was not given options that mean nothing to it.

    Raises:
        UserError: it was.
    """
    for option in options:
        if getattr(arguments, option) not in (None, [], False):
            name = os.fsdecode(option).replace("_", "-")
            raise UserError(f"{action} takes no --{name}\nnext: the same command without it")
