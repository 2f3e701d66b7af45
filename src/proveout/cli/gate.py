"""`proveout gate`: may this version go one step further? Decides from the stored evidence, and says why."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from proveout.catalogue.catalogue import Catalogue
from proveout.cli import place, promote
from proveout.evidence.person import person
from proveout.evidence.store import Entry, Store
from proveout.gates import summary
from proveout.gates.copies import write_copies
from proveout.gates.decide import decide_on_record
from proveout.gates.decision import Decision
from proveout.gates.explain import colour, explained, runs_of
from proveout.gates.release import Release
from proveout.model.mistake import UserError, near, shown
from proveout.model.verdict import Word
from proveout.model.wording import plain


def add(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("gate", help="decide whether a version may go one step further")
    parser.add_argument("edge", nargs="?", metavar="EDGE", help="gaia/staging-prod; --list shows them")
    parser.add_argument("--explain", action="store_true", help="every line, with the evidence it rests on")
    parser.add_argument("--rehearse", action="store_true", help="decide on copies; it promotes nothing")
    parser.add_argument(
        "--release", metavar="VERSION", help="what is meant to be promoted: a version, or sha256:..."
    )
    parser.add_argument("--list", action="store_true", help="the gates there are, and what they said last")
    parser.add_argument("--json", action="store_true", help="print the summary (SLSA VSA) for programs")
    place.add(parser)
    parser.add_argument(
        "--then",
        nargs=argparse.REMAINDER,
        metavar="COMMAND",
        help="run this command if, and only if, the gate says PASS; everything after --then belongs to it",
    )
    parser.set_defaults(do=_gate)


def _gate(arguments: argparse.Namespace) -> int:
    catalogue = place.catalogue(arguments)
    store = Store(place.evidence(arguments))
    if arguments.list:
        return _list(arguments, catalogue, store)
    _require_sense(arguments, catalogue)
    edge = catalogue.gate(arguments.edge)
    key = place.signing_key(arguments)
    decision, record = decide_on_record(
        catalogue,
        edge,
        store,
        rehearsal=arguments.rehearse,
        wanted=arguments.release,
        key=key,
        by=person(),
    )
    _say(arguments, decision, record, store)
    code = decision.verdict.exit_code
    if arguments.then is None or record is None or decision.word is not Word.PASS:
        return code
    environments = catalogue.systems[edge.system].environments.values()
    return promote.run(arguments.then, decision, record, store, key=key, environments=environments)


def _require_sense(arguments: argparse.Namespace, catalogue: Catalogue) -> None:
    """Refuse what contradicts itself.

    Raises:
        UserError: it does.
    """
    if arguments.edge is None:
        known = ", ".join(gate.id for gate in _gates(catalogue))
        raise UserError(f"gate: which one?\n  known: {known or 'none'}\nnext: proveout gate --list")
    if arguments.release is not None and not arguments.release.strip():
        raise UserError(
            "--release is given but empty\n  likely cause: a variable of the pipeline that is not set\n"
            "next: fill it in, or leave --release out"
        )
    if arguments.then is not None and arguments.rehearse:
        raise UserError("--rehearse and --then: a rehearsal promotes nothing\nnext: leave one of the two out")
    if arguments.then is not None and not "".join(arguments.then[:1]).strip():
        raise UserError("--then: no command follows\nnext: proveout gate EDGE --then ./deploy.sh")


def _say(arguments: argparse.Namespace, decision: Decision, record: Path | None, store: Store) -> None:
    """Print the decision, and leave copies of it for people and pipelines."""
    whole = explained(decision, record, every=True, runs=runs_of(store, decision))
    if arguments.json:
        sys.stdout.write(json.dumps(summary.statement(decision), indent=2, ensure_ascii=False) + "\n")
    else:
        console = Console(soft_wrap=True, highlight=False)
        for line in whole if arguments.explain else explained(decision, record):
            console.print(Text(line, style=colour(line) or ""))
    try:
        folder = write_copies(decision, record, whole, place.reports(arguments))
    except OSError as error:
        # The record is in the store; these are only for reading.
        sys.stderr.write(f"proveout: no copy of the decision was written ({error.strerror})\n")
        return
    stream = sys.stderr if arguments.json else sys.stdout
    stream.write(f"copies: {shown(folder)}\n")
    stream.flush()


def _gates(catalogue: Catalogue) -> list[Any]:
    return [
        gate for system in catalogue.systems.values() if system.gates for gate in system.gates.edges.values()
    ]


def _list(arguments: argparse.Namespace, catalogue: Catalogue, store: Store) -> int:
    if arguments.edge is not None or arguments.then is not None:
        what = arguments.edge if arguments.edge is not None else "--then"
        hint = near(what, [gate.id for gate in _gates(catalogue)])
        raise UserError(f"--list and {what}{hint}: the list is of all gates\nnext: proveout gate --list")
    last: dict[str, Entry] = {}
    snapshot = store.snapshot()
    wanted = {gate.id for gate in _gates(catalogue)}
    for entry in snapshot.newest_first():
        if entry.kind == "decision" and entry.facts.get("gate") in wanted:
            last.setdefault(str(entry.facts["gate"]), entry)
        if len(last) == len(wanted):
            break
    if arguments.json:
        rows = {i: {"id": last[i].id, **last[i].facts} if i in last else None for i in sorted(wanted)}
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
        return 0
    table = Table(box=None, pad_edge=False)
    for column in ("gate", "lines", "last decision", "about", "decided", "record"):
        table.add_column(column, no_wrap=True)
    for edge in _gates(catalogue):
        table.add_row(edge.id, str(len(edge.rules)), *_last(last.get(edge.id)))
    place.console().print(table)
    for trouble in snapshot.troubles:
        sys.stderr.write(f"proveout: {shown(snapshot.folder)}: {trouble}\n")
    return 1 if snapshot.troubles else 0


def _last(entry: Entry | None) -> tuple[str, ...]:
    if entry is None:
        return ("none", "", "", "")
    facts = entry.facts
    rehearsal = " (rehearsal)" if facts.get("rehearsal") is not False else ""
    said = (f"{facts.get('word')}{rehearsal}", str(Release.of(facts)), str(facts.get("ended")), entry.id)
    return tuple(plain(text) for text in said)
