"""`proveout drill`: proves that every check can fail, by harming disposable copies on purpose."""

import argparse
import secrets
from datetime import UTC, datetime
from fnmatch import fnmatch
from typing import Any

from rich.console import Console

from proveout.catalogue.catalogue import Catalogue
from proveout.cli import place
from proveout.drill.drill import Finding, Range
from proveout.drill.fault import load
from proveout.model.mistake import UserError, shown
from proveout.model.wording import plural

FAILED = 1


def add(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("drill", help="harm copies, and see the right checks turn red")
    parser.add_argument("environment", help="gamma, ceesar/gamma, ceesar, all")
    parser.add_argument(
        "--only", default="*", metavar="PATTERN", help="faults whose id matches, such as 'health-*'"
    )
    parser.add_argument("--jobs", type=int, default=3, help="runs side by side (default: 3)")
    parser.add_argument(
        "--full",
        action="store_true",
        help="all tiers and a browser against each fault, not only what it breaks",
    )
    place.add(parser)
    parser.set_defaults(do=_drill)


def _drill(arguments: argparse.Namespace) -> int:
    catalogue = place.catalogue(arguments)
    chosen = catalogue.select([arguments.environment])
    console = Console(soft_wrap=True, highlight=False)
    findings = []
    for name in dict.fromkeys(environment.system for environment in chosen):
        environments = [environment.name for environment in chosen if environment.system == name]
        for finding in _findings(arguments, catalogue, name, environments):
            _say(console, finding)
            findings.append(finding)
    if not findings:
        raise UserError(
            f'no fault of {arguments.environment} matches "{arguments.only}"\nnext: proveout claims'
        )
    survived = sum(finding.survived for finding in findings)
    console.print(f"{len(findings)} {plural(len(findings), 'run')}, {survived} not as their fault says")
    return FAILED if survived else 0


def _findings(arguments: argparse.Namespace, catalogue: Catalogue, name: str, environments: list[str]) -> Any:
    folder = arguments.root / "drill" / name
    if not (folder / "drill.toml").is_file():
        raise UserError(f"{shown(folder)}: no faults are defined for {name}\nnext: write drill.toml there")
    begun = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    reports = (place.reports(arguments) / f"drill-{begun}-{secrets.token_hex(2)}").resolve()
    grounds = Range(arguments.root.resolve(), catalogue.root, reports, full=arguments.full)
    return grounds.runs(
        catalogue.systems[name],
        load(folder),
        environments,
        jobs=arguments.jobs,
        only=lambda fault: fnmatch(fault, arguments.only),
    )


def _say(console: Console, finding: Finding) -> None:
    if finding.survived:
        console.print(f"WRONG  {finding.fault}: {'; '.join(finding.complaints)}", markup=False)
    else:
        red = ", ".join(sorted(finding.red)) or f"exit {finding.exit}"
        console.print(f"red    {finding.fault}: {red}" if finding.exit else f"green  {finding.fault}")
