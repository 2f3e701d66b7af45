"""Makes the report: stages the results, runs Allure over them, and leaves one page that asks nobody."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proveout.model.files import write_text
from proveout.model.mistake import UserError, shown
from proveout.reports.category import CATEGORIES
from proveout.reports.history import LIMIT, History
from proveout.reports.page import NotThePage, self_contained
from proveout.reports.staging import Staging

DEADLINE = 420.0  # seconds: two thousand results take five, and the first time npm may take 300
# The tool sees where programs and its own cache are, and nothing else of this environment: it would
# put the names of branches and jobs it finds there into the page.
PASSED_ON = ("PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "PROVEOUT_CACHE", "LANG")
PASSED_ON_BEGINS = ("npm_config_", "NPM_CONFIG_", "NODE_EXTRA_CA_CERTS", "SSL_CERT_", "HTTPS_", "https_")


@dataclass(frozen=True)
class Report:
    """A report that was made: the page, how much is in it, and what was left out."""

    page: Path
    results: int
    complaints: Sequence[str]


def generate(runs: Sequence[Path], *, page: Path, history: Path, tool: Path) -> Report:
    """Make the page of one or several runs, the newest last, and add it to the history.

    Raises:
        UserError: there are no results, the tool is missing or fails.
    """
    if not tool.is_file():
        raise UserError(
            f"{shown(tool)} is missing, which runs the report generator\n"
            "next: run this in a checkout of proveout, or name one with --root"
        )
    with tempfile.TemporaryDirectory(prefix="proveout-report-") as scratch:
        work = Path(scratch)
        staging = Staging(work / "results")
        staging.folder.mkdir()
        staging.add_all([run / "allure-results" for run in runs])
        if staging.results == 0:
            named = ", ".join(shown(run) for run in runs)
            raise UserError(
                f"{named}: no result in allure-results\n"
                "  likely cause: the run had -p no:allure_pytest, or was ended before its first check\n"
                "next: pytest --env=gamma -m smoke, then proveout report"
            )
        known = History.read(history)
        complaints = list(staging.complaints)
        if known.damaged:
            complaints.append(f"{shown(history)}: {known.damaged} damaged lines were left out")
        run = runs[-1].name
        known.before(run).write(work / "history.jsonl")
        _run_tool(tool, work, _settings(work, run, staging.environments))
        try:
            text = self_contained((work / "report" / "index.html").read_text(encoding="utf-8"))
        except (OSError, NotThePage) as error:
            raise UserError(
                f"the report cannot be made: {error}\nnext: check the version that {shown(tool)} pins"
            ) from error
        write_text(page, text)
        known.merged(History.read(work / "history.jsonl")).write(history)
    return Report(page, staging.results, complaints)


def _settings(work: Path, run: str, environments: list[str]) -> dict[str, Any]:
    return {
        # The history keeps the title; its last word says which run a line is about.
        "title": f"{_line_up(environments)}: run {run}",
        "output": str(work / "report"),
        "history": str(work / "history.jsonl"),
        "limit": LIMIT,
        "categories": [category.as_json() for category in CATEGORIES],
        "environments": [
            # Allure wants neither an id nor a name with a slash.
            {"id": name.replace("/", "-"), "name": name.replace("/", " "), "label": name}
            for name in environments
        ],
    }


def _line_up(environments: list[str]) -> str:
    """Return what was tested, short: `ceesar dev, gamma, prod; gaia prod`."""
    by_system: dict[str, list[str]] = {}
    for system, _, name in (environment.partition("/") for environment in environments):
        by_system.setdefault(system, []).extend([name] if name else [])
    return "; ".join(f"{system} {', '.join(names)}".strip() for system, names in by_system.items())


def _run_tool(tool: Path, work: Path, settings: dict[str, Any]) -> None:
    (work / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    shutil.copyfile(Path(__file__).with_name("allurerc.mjs"), work / "allurerc.mjs")
    words = ["generate", str(work / "results"), "--config", str(work / "allurerc.mjs")]
    # It looks around where it runs, such as for a repository; the scratch folder has nothing to tell.
    _call([str(tool.resolve()), *words], work)


def _call(command: list[str], folder: Path) -> None:
    variables = {k: v for k, v in os.environ.items() if k in PASSED_ON or k.startswith(PASSED_ON_BEGINS)}
    process = subprocess.Popen(  # noqa: S603 - our own script
        command,
        cwd=folder,
        env={**variables, "ALLURE_NO_ANALYTICS": "true", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=DEADLINE)
    except subprocess.TimeoutExpired:
        name = shown(Path(command[0]))
        raise UserError(f"{name} was ended after {DEADLINE:.0f} s\nnext: proveout report") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    if process.returncode:
        raise UserError(said.strip() or f"{shown(Path(command[0]))} ended with {process.returncode}")
