"""`proveout claims`: every statement of the documents, its checks, its faults, and the gates that decide."""

import argparse
import ast
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from rich.table import Table

from proveout.cli import place
from proveout.drill.fault import load
from proveout.model.mistake import shown
from proveout.model.system import System


def add(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("claims", help="the claims, their checks, faults and gates")
    place.add(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="for programs")
    form.add_argument("--markdown", action="store_true", help="for a page")
    parser.set_defaults(do=_claims)


def _claims(arguments: argparse.Namespace) -> int:
    checks = _checks(arguments.root / "suites")
    faults = _faults(arguments.root / "drill")
    rows = [
        {
            **claim.model_dump(mode="json", exclude_none=True),
            "checks": checks[claim.id],
            "faults": faults[claim.id],
            "gates": _gates(system, claim.id),
        }
        for system in place.catalogue(arguments).systems.values()
        for claim in system.claims
    ]
    if arguments.json:
        sys.stdout.write(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    elif arguments.markdown:
        sys.stdout.write(_markdown(rows))
    else:
        _print(rows)
    return 0


def _gates(system: System, claim: str) -> list[str]:
    """Return the gates with a rule that decides the claim."""
    edges = system.gates.edges.values() if system.gates else ()
    return [gate.id for gate in edges if any(claim in rule.decides for rule in gate.rules)]


def _checks(suites: Path) -> dict[str, list[str]]:
    """Return the checks by claim, as the decorators in the files of the suites say it."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted(suites.rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") in {
                    "verifies",
                    "serves",
                }:
                    for argument in decorator.args:
                        found[str(getattr(argument, "value", ""))].append(f"{shown(file)}::{node.name}")
    return found


def _faults(folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for main in sorted(folder.glob("*/drill.toml")):
        for fault in load(main.parent).faults:
            for claim in fault.breaks:
                found[claim].append(fault.id)
    return found


def _markdown(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| claim | says | environments | kind | tier | checks | faults | gates |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        names = ", ".join(check.rpartition("::")[2] for check in row["checks"])
        cells = [row["id"], row["says"], ", ".join(row["environments"]), row["kind"], row.get("tier", "")]
        cells += [names, ", ".join(row["faults"]), ", ".join(row["gates"])]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _print(rows: list[dict[str, Any]]) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("claim", "kind", "tier", "environments", "checks", "faults", "gates"):
        table.add_column(column, justify="right" if column in {"checks", "faults"} else "left", no_wrap=True)
    for row in rows:
        table.add_row(
            row["id"],
            row["kind"],
            row.get("tier", ""),
            ",".join(row["environments"]),
            str(len(row["checks"])),
            str(len(row["faults"])),
            ", ".join(gate.partition("/")[2] for gate in row["gates"]),
        )
    console = place.console()
    console.print(table)
    checkable = [row for row in rows if row["kind"] == "check"]
    rules = [row for row in rows if row["kind"] == "rule"]
    console.print(
        f"{len(rows)} claims; of {len(checkable)} that a check can verify, "
        f"{sum(bool(row['checks']) for row in checkable)} have a check and "
        f"{sum(bool(row['faults']) for row in checkable)} a fault that breaks it; "
        f"of {len(rules)} that a gate decides, {sum(bool(row['gates']) for row in rules)} stand in one"
    )
