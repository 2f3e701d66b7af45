"""`proveout report`: one page about a run, to open, to keep and to pass on."""

import argparse
import sys
from pathlib import Path
from typing import Any

from proveout.cli import place
from proveout.model.mistake import UserError, near, shown
from proveout.reports.generator import generate
from proveout.reports.staging import LAST


def add(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("report", help="one HTML page about a run, with the history of earlier ones")
    parser.add_argument(
        "run", nargs="*", help="runs by id or folder, all in one page (default: the newest that has ended)"
    )
    parser.add_argument(
        "--output", type=Path, help="the page (default: report.html in the newest run's folder)"
    )
    place.add(parser)
    parser.set_defaults(do=_report)


def _report(arguments: argparse.Namespace) -> int:
    reports = place.reports(arguments)
    runs = [_named(reports, word) for word in arguments.run] or [_newest(reports)]
    runs.sort(key=lambda run: run.name)
    report = generate(
        runs,
        page=arguments.output or runs[-1] / "report.html",
        history=reports / "history.jsonl",
        tool=arguments.root / "scripts" / "allure",
    )
    for complaint in report.complaints:
        sys.stderr.write(f"proveout: {complaint}\n")
    sys.stdout.write(f"{shown(report.page)}   {report.results} results; open it in a browser\n")
    return 0


def _runs(reports: Path) -> list[Path]:
    """Return the folders of runs that left results, the oldest first; their names begin with the time."""
    return sorted(folder.parent for folder in reports.glob("*/allure-results") if any(folder.iterdir()))


def _newest(reports: Path) -> Path:
    # What a run writes last; without it the run goes on, or was killed, and only its name means it.
    ended = [run for run in _runs(reports) if (run / "allure-results" / LAST).is_file()]
    if not ended:
        raise UserError(
            f"{shown(reports)}: no run has ended there and left results\n"
            "next: pytest --env=gamma -m smoke, then proveout report"
        )
    return ended[-1]


def _named(reports: Path, word: str) -> Path:
    for folder in (Path(word), reports / word):
        if (folder / "allure-results").is_dir():
            return folder.resolve()
    known = [run.name for run in _runs(reports)]
    newest = f"\nnext: proveout report {known[-1]}" if known else "\nnext: pytest --env=gamma -m smoke"
    raise UserError(f'no run "{word}" has left results{near(word, known)}{newest}')
