"""`proveout verify`: whether evidence is what was written, by whom, and holds together; asks no network."""

import argparse
import sys
from pathlib import Path
from typing import Any

from proveout.cli import place
from proveout.evidence.check import Check
from proveout.evidence.key import PublicKey
from proveout.model.mistake import UserError
from proveout.model.wording import plain


def add(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("verify", help="check evidence: digests, signatures, form, contradictions")
    parser.add_argument(
        "path", nargs="+", type=Path, help="a statement, an envelope, the folder of a run, or a store"
    )
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        type=Path,
        metavar="FILE.pub",
        help="public key that counts (default: those in environments/SYSTEM/keys); repeatable",
    )
    place.add(parser)
    parser.set_defaults(do=_verify)


def _verify(arguments: argparse.Namespace) -> int:
    keys = {key.keyid: key for key in map(PublicKey.load, arguments.key)}
    known: dict[str, dict[str, PublicKey]] = {}

    def trust(system: str) -> dict[str, PublicKey]:
        if system not in known:
            known[system] = keys or place.trusted(arguments, system)
        return known[system]

    for path in arguments.path:
        if not path.exists():
            raise UserError(f"{path}: there is nothing\nnext: ls {path.parent}")
    check = Check(trust, place.evidence(arguments))
    whole = True
    for path in arguments.path:
        for finding in check.path(path):
            whole &= finding.whole
            mark = "ok  " if finding.whole else "FAIL"
            text = plain(" ".join(finding.text.split()), limit=400)
            sys.stdout.write(f"{mark}  {plain(finding.what, limit=200)}  {text}\n")
    return 0 if whole else 1
