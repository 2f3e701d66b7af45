"""`proveout evidence`: what is stored, adding what another machine left, and mending after a kill."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from proveout.cli import place
from proveout.evidence import folder as files
from proveout.evidence.document import parsed
from proveout.evidence.envelope import opened
from proveout.evidence.malformed import Malformed
from proveout.evidence.mend import mend
from proveout.evidence.reading import facts_of_run, read_run
from proveout.evidence.store import Entry, Moved, Snapshot, Store
from proveout.model.mistake import UserError, shown
from proveout.model.wording import plain

WIDE = 500  # columns
SHORT = 12  # characters of a digest that a person compares


def add(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("evidence", help="the stored evidence that gates decide on")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    for name, do, text in (
        ("list", _list, "what is stored, the newest first"),
        ("add", _add, "put the evidence of runs on other machines into the store"),
        ("mend", _mend, "bring a store back that a killed process left half written"),
    ):
        action = actions.add_parser(name, help=text)
        if name == "list":
            action.add_argument("--json", action="store_true", help="for programs: one line per entry")
            action.add_argument("--last", type=int, metavar="N", help="only the newest N")
        if name == "add":
            action.add_argument("file", nargs="+", type=Path, help="evidence.json or evidence.dsse.json")
        place.add(action)
        action.set_defaults(do=do)


def _list(arguments: argparse.Namespace) -> int:
    snapshot = Store(place.evidence(arguments)).snapshot()
    entries = snapshot.newest_first()
    chosen = [entry for entry, _ in zip(entries, range(arguments.last or snapshot.head), strict=False)]
    if arguments.json:
        for entry in chosen:
            sys.stdout.write(json.dumps({"id": entry.id, **vars(entry)}) + "\n")
    else:
        _print(snapshot, chosen)
    return _told(snapshot)


def _print(snapshot: Snapshot, entries: list[Entry]) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("id", "stored", "kind", "says"):
        table.add_column(column, no_wrap=True)
    for entry in entries:
        said = "  ".join(f"{key}={_short(value)}" for key, value in entry.facts.items() if value is not None)
        table.add_row(entry.id, entry.stored, entry.kind, Text(plain(said, limit=400)))
    # What reads a pipe gets every entry whole, on a line of its own.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
    if entries:
        console.print(table)
    console.print(f"{shown(snapshot.folder)}: {snapshot.head} entries", markup=False, soft_wrap=True)


def _short(value: object) -> str:
    text = str(value)
    return text[:SHORT] if len(text) == 64 and text.isalnum() else text


def _told(snapshot: Snapshot) -> int:
    for trouble in snapshot.troubles:
        sys.stderr.write(f"proveout: {shown(snapshot.folder)}: {trouble}\n")
    return 1 if snapshot.troubles else 0


def _add(arguments: argparse.Namespace) -> int:
    store = Store(place.evidence(arguments))
    for path in arguments.file:
        if not path.is_file():
            raise UserError(f"{path}: there is no such file\nnext: ls {path.parent}")
        entry = _added(store, path)
        sys.stdout.write(f"{path}: stored as {entry.id}\n")
    return 0


def _added(store: Store, path: Path) -> Entry:
    try:
        body = files.read(path.parent, path.name) or b""
        payload = opened(body, {}).payload
        facts = facts_of_run(read_run(payload))
    except Malformed as error:
        raise UserError(
            f"{path}: not stored: {error}\n"
            "  only evidence of runs is taken over; approvals and decisions are made where the store is\n"
            f"next: proveout verify {path}"
        ) from None
    while True:
        snapshot = store.snapshot()
        if (known := _known(snapshot, payload, facts)) is not None:
            raise UserError(
                f"{path}: not stored: entry {known.id} says the same already\n"
                "  one run counts once\nnext: proveout evidence list"
            )
        try:
            return store.add("run", body, facts, after=snapshot.head)
        except Moved:
            continue  # what was added meanwhile may be the same


def _known(snapshot: Snapshot, payload: bytes, facts: dict[str, Any]) -> Entry | None:
    """Return the entry of the same run, whoever signed it."""
    for entry in snapshot.newest_first():
        same = entry.kind == "run" and entry.facts == facts
        if same and parsed(opened(snapshot.body(entry), {}).payload) == parsed(payload):
            return entry
    return None


def _mend(arguments: argparse.Namespace) -> int:
    folder = place.evidence(arguments)
    done = mend(folder)
    for sentence in done:
        sys.stdout.write(f"{sentence}\n")
    snapshot = Store(folder).snapshot()
    if not done and not snapshot.troubles:
        sys.stdout.write(f"{shown(folder)}: nothing to mend, {snapshot.head} entries\n")
    return _told(snapshot)
