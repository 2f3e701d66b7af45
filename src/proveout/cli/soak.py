"""`proveout soak`: how a soak stands while it runs, and its verdict and page from the ledger alone."""

import argparse
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from proveout.cli import place
from proveout.model.mistake import UserError, near, shown
from proveout.model.verdict import ExitCode, Word
from proveout.model.wording import plain

if TYPE_CHECKING:
    from proveout.load.ledger import Ledger
    from proveout.soak.judgement import Judged
    from proveout.soak.standing import Standing

HEAD = "head.json"  # what makes a folder a ledger
MOST = 10  # findings that are shown; the page has them all
LATELY = 3600.0  # seconds
CODES = {Word.PASS: ExitCode.PASS, Word.FAIL: ExitCode.FAIL, Word.HOLD: ExitCode.HOLD}


def add(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("soak", help="how a soak stands, and the report on one")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    status = actions.add_parser("status", help="how far it is, its rate, latency, errors and findings")
    status.add_argument(
        "which", nargs="?", help="the folder of a ledger, or an environment (default: the newest soak)"
    )
    status.add_argument("--json", action="store_true", help="for programs")
    place.add(status)
    status.set_defaults(do=_status)
    report = actions.add_parser("report", help="the verdict and one HTML page, from the ledger alone")
    report.add_argument("which", metavar="FOLDER", help="the folder of a ledger, or an environment")
    report.add_argument("--out", type=Path, metavar="FILE", help="the page (default: report.html in it)")
    place.add(report)
    report.set_defaults(do=_report)


def _status(arguments: argparse.Namespace) -> int:
    # Only these commands need histograms and what comes with them.
    from proveout.load.ledger import LedgerError  # noqa: PLC0415
    from proveout.load.lock import holder_of  # noqa: PLC0415
    from proveout.load.reading import read  # noqa: PLC0415
    from proveout.soak.standing import standing  # noqa: PLC0415

    folder = _folder(arguments)
    try:
        ledger, holder = read(folder), holder_of(folder)
    except LedgerError as error:
        return _damaged(error)
    stands = standing(ledger)
    command = _next(ledger, stands, holder)
    if arguments.json:
        facts = {
            "folder": shown(folder),
            "ledger": ledger.head.model_dump(mode="json"),
            "complete": stands.complete,
            "running": holder,
            **stands.facts(),
            "findings": [finding.model_dump(mode="json") for finding in ledger.findings],
            "troubles": list(ledger.troubles),
            "next": command,
        }
        sys.stdout.write(f"{json.dumps(facts, indent=2, allow_nan=False)}\n")
    else:
        _tell(ledger, stands, holder, command)
    return ExitCode.PASS


def _report(arguments: argparse.Namespace) -> int:
    from proveout.load.ledger import LedgerError  # noqa: PLC0415
    from proveout.load.reading import read  # noqa: PLC0415

    try:
        from proveout.soak.judgement import judge  # noqa: PLC0415
        from proveout.soak.page import page, write  # noqa: PLC0415
    except ImportError as error:
        raise UserError(
            f"a soak cannot be judged without {error.name}\nnext: pip install 'proveout[soak]'"
        ) from None
    folder = _folder(arguments)
    out = arguments.out or folder / "report.html"
    try:
        ledger = read(folder)
    except LedgerError as error:
        return _damaged(error)
    judged = judge(ledger, ledger.profile, ledger.profile.mix(ledger.head.environment.partition("/")[0]))
    try:
        write(out, page(ledger, judged))
    except OSError as error:
        raise UserError(
            f"{shown(out)}: the page cannot be written ({error.strerror})\n"
            "next: name another place with --out FILE"
        ) from None
    _tell_verdict(ledger, judged, out)
    return CODES[judged.word]


def _folder(arguments: argparse.Namespace) -> Path:
    """Return the folder that is meant: a ledger's own, or the newest one of an environment."""
    soaks = place.reports(arguments) / "soaks"
    known = sorted(soaks.glob(f"*/*/{HEAD}"), key=lambda path: path.parent.name)
    word: str | None = arguments.which
    if word is None:
        found = known
    elif (Path(word) / HEAD).is_file():
        return Path(word)
    elif Path(word).is_dir():
        found = sorted(Path(word).glob(f"*/{HEAD}"), key=lambda path: path.parent.name)
    else:
        name = word.replace("/", "-")
        found = [path for path in known if path.parent.parent.name in {name, *_ending(path, name)}]
    if found:
        return found[-1].parent
    if word is None:
        raise UserError(
            f"{shown(soaks)}: no soak was begun there\n"
            "next: pytest --env=gaia/staging -m soak --soak-duration=5m"
        )
    names = sorted({path.parent.parent.name.replace("-", "/", 1) for path in known})
    raise UserError(
        f'"{plain(word, 200)}" is neither the folder of a ledger nor an environment that was soaked'
        f"{near(word, names)}\nnext: proveout soak status, or name the folder that holds head.json"
    )


def _ending(path: Path, name: str) -> set[str]:
    """Return the folder's name if an environment is called by its last part alone, as in staging."""
    folder = path.parent.parent.name
    return {folder} if folder.partition("-")[2] == name else set()


def _damaged(error: Exception) -> int:
    """Say that nothing can be concluded; the text of the error has the place and the next step."""
    sys.stderr.write(f"proveout: HOLD, the ledger cannot be judged\n{error}\n")
    return ExitCode.HOLD


def _next(ledger: "Ledger", stands: "Standing", holder: str | None) -> str:
    head = ledger.head
    if holder:
        return f"proveout soak status {shown(ledger.folder)}"
    if stands.complete:
        return f"proveout soak report {shown(ledger.folder)}"
    address = f" --env-url={head.url}" if head.provenance == "live" else ""
    return f"pytest --env={head.environment} -m soak --soak-resume{address}"


def _tell(ledger: "Ledger", stands: "Standing", holder: str | None, command: str) -> None:
    from proveout.soak import unit  # noqa: PLC0415

    console = place.console()

    def say(text: str) -> None:
        console.print(plain(text, 1000), markup=False, soft_wrap=True)

    head = ledger.head
    say(f"{head.environment}  {head.provenance}  {head.url}  version {head.version or 'unknown'}")
    rehearsal = " (rehearsal)" if head.rehearsal else ""
    say(
        f"{unit.span(stands.valid)} of {unit.span(stands.duration)} measured, "
        f"{unit.share(stands.share)}{rehearsal}; segment {stands.segment}"
    )
    say(_who(ledger, stands, holder))
    say("")
    pause = "  a pause, nobody arrives" if stands.idle and holder else ""
    say(f"rate      {stands.rate:.3g} requests/s{pause}")
    late = stands.due - stands.offered
    say(
        f"offered   {stands.offered:,} of {stands.due:,} visits in time" + (f", {late:,} not" if late else "")
    )
    say(f"errors    {stands.failed:,} of {stands.requests:,} requests failed")
    say(f"budget    {unit.share(stands.burnt)} of what may fail has failed")
    if ledger.samples:
        say(f"target    {_target(ledger)}")
    if ledger.gaps or ledger.lost:
        say(f"gaps      {len(ledger.gaps)}, {ledger.lost} windows lost")
    if stands.names:
        say("")
        console.print(_table(stands))
    say("")
    say("findings  none" if not ledger.findings else f"findings  {len(ledger.findings)}")
    for finding in ledger.findings[-MOST:]:
        say(f"  {_clock(finding.at)}  {finding.kind}: {' '.join(finding.text.split())}")
    for trouble in ledger.troubles:
        say(f"trouble   {trouble}")
    say(f"next: {command}")


def _table(stands: "Standing") -> Table:
    from proveout.soak import unit  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    table.add_column("request")
    for column in ("requests", "failed", "p99", "budget", "last 5 min"):
        table.add_column(column, justify="right")
    table.add_column("")
    for asked in stands.names:
        table.add_row(
            plain(asked.name),
            f"{asked.requests:,}",
            f"{asked.failed:,}",
            unit.latency(asked.p99),
            "" if asked.budget is None else unit.latency(asked.budget),
            unit.latency(asked.recent),
            "" if asked.within else "over budget",
        )
    return table


def _who(ledger: "Ledger", stands: "Standing", holder: str | None) -> str:
    from proveout.soak import unit  # noqa: PLC0415

    if holder:
        rest = max(stands.duration - stands.valid, 0.0)
        return f"running: {holder}; about {unit.span(rest)} to go"
    if stands.complete:
        return f"complete since {_clock(ledger.ended)}"
    why = ledger.segments[-1].why if ledger.segments else ""
    return f"nobody is at it; measured until {_clock(ledger.ended)}" + (f" ({why})" if why else "")


def _target(ledger: "Ledger") -> str:
    from proveout.soak import unit  # noqa: PLC0415

    sample = ledger.samples[-1]
    ago = max(time.time() - sample.at, 0.0)
    parts = [f"seen {unit.span(ago)} ago" if ago < LATELY else f"seen {_clock(sample.at)}"]
    if sample.rss is not None:
        parts.append(f"RSS {unit.size(sample.rss)}")
    parts += [
        f"{value:,} {what}"
        for what, value in (("descriptors", sample.descriptors), ("threads", sample.threads))
        if value is not None
    ]
    if sample.unknown:
        parts.append(f"not seen: {', '.join(sorted(sample.unknown))}")
    return ", ".join(parts)


def _tell_verdict(ledger: "Ledger", judged: "Judged", out: Path) -> None:
    head = ledger.head
    say = sys.stdout.write
    say(f"{head.environment}  {head.provenance}  {plain(head.url, 200)}  version {plain(head.version)}\n")
    say(f"{judged.says()}\n")
    for budget in judged.budgets:
        if budget.word is not Word.PASS:
            say(f"  {budget.word.value}  {plain(budget.name)}: {plain(' '.join(budget.text.split()), 400)}\n")
    passed = sum(budget.word is Word.PASS for budget in judged.budgets)
    say(f"{passed} of {len(judged.budgets)} budgets kept\n{shown(out)}   open it in a browser\n")


def _clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC" if at else "never"
