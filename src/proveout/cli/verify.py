"""`proveout verify`: whether evidence is what was written, by whom, and rules come to the same; offline."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from proveout.cli import place
from proveout.evidence.check import Check, Finding
from proveout.evidence.document import parsed
from proveout.evidence.envelope import opened
from proveout.evidence.key import PublicKey
from proveout.evidence.malformed import Malformed
from proveout.evidence.snapshot import INDEX
from proveout.evidence.store import Damaged, Store
from proveout.gates.replay import is_decision, replayed
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
        for finding in (*check.path(path), *_judged_again(path, arguments)):
            whole &= finding.whole
            mark = "ok  " if finding.whole else "FAIL"
            text = plain(" ".join(finding.text.split()), limit=400)
            sys.stdout.write(f"{mark}  {plain(finding.what, limit=200)}  {text}\n")
    return 0 if whole else 1


def _judged_again(path: Path, arguments: argparse.Namespace) -> Iterator[Finding]:
    """Yield what the rules come to now for each decision at a path, from the records it had."""
    store = Store(path if (path / INDEX).exists() else place.evidence(arguments))
    for name, content in _decisions(path, store):
        try:
            text = replayed(place.catalogue(arguments), store.snapshot(), content)
        except (Malformed, UserError) as error:
            yield Finding(name, str(error))
        else:
            yield Finding(name, text, whole=True)


def _decisions(path: Path, store: Store) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the decisions that can be read; what cannot be is named by the checks before."""
    bodies: list[tuple[str, Callable[[], bytes]]] = [(str(path), path.read_bytes)] if path.is_file() else []
    if path == store.folder:
        snapshot = store.snapshot()
        with suppress(Damaged):
            bodies += [(e.id, partial(snapshot.body, e)) for e in snapshot.newest_first("decision")]
    for name, body in bodies:
        with suppress(Malformed, Damaged, OSError):
            content = parsed(opened(body(), {}).payload)
            if is_decision(content):
                yield name, content
