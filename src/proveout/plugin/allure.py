"""What a run writes for Allure: its results in our words, and what Allure cannot know of by itself.

Imported only when a run has environments and Allure's own plugin is active.
"""

import os
import platform
import uuid
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import allure_commons
import pytest
from allure_commons.model2 import Label, Parameter, StatusDetails, TestResult, TestResultContainer

from proveout.model.files import write_json, write_text
from proveout.plugin.allure_entries import Entries
from proveout.reports.category import CATEGORIES
from proveout.reports.entry import Entry
from proveout.reports.executor import executor
from proveout.reports.properties import written
from proveout.reports.staging import LAST

if TYPE_CHECKING:
    from proveout.plugin.run import Run

HANDED = "proveout_allure"
OURS = ("-result.json", "-container.json", "-globals.json")


class Allure:
    """The hooks around Allure's plugin, in the controller and in each worker."""

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.entries = Entries(run)
        self.node = ""
        self.told: set[str] = set()
        self.crashed: set[str] = set()
        option = run.config.option
        if run.is_worker:
            option.allure_report_dir = vars(run.config)["workerinput"].get(HANDED)
        elif not option.allure_report_dir:
            option.allure_report_dir = str(run.folder / "allure-results")
        if option.clean_alluredir:
            # Allure's own way cleans once in every worker, also in one that replaces a crashed one.
            option.clean_alluredir = False
            if not run.is_worker:
                _clean(self.folder)
        allure_commons.plugin_manager.register(self, "proveout")

    @property
    def folder(self) -> Path:
        """Return the folder of the results."""
        return Path(self.run.config.option.allure_report_dir).absolute()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker where the results go; workers read the command line, not our options."""
        node.workerinput[HANDED] = str(self.folder)

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str) -> None:
        """Remember which check a worker took with it."""
        self.crashed.add(crashitem)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Remember which check runs now."""
        self.node = nodeid

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember which checks came to their end, and so have a result."""
        if report.when == "teardown":
            self.told.add(report.nodeid)

    @allure_commons.hookimpl(tryfirst=True)
    def report_result(self, result: TestResult) -> None:
        """Put our words into a result before Allure writes it."""
        check = self.run.checks.get(self.node)
        if check is None:
            return
        params = {p.name: str(p.value).strip("'") for p in result.parameters}
        start, stop = result.start or 0, result.stop or 0
        entry = self.entries.of_check(check, trace=_trace(result), params=params, start=start, stop=stop)
        self.told.add(self.node)
        result.name, result.status = entry.name, entry.status
        result.fullName, result.testCaseId, result.historyId = (
            entry.identity,
            entry.test_id,
            entry.history_id,
        )
        result.description, result.descriptionHtml = entry.text(), None
        result.statusDetails = StatusDetails(message=entry.message, trace=entry.short_trace())
        result.labels = [Label(name, value) for name, value in entry.labels()]
        result.parameters = [
            Parameter(name, value, excluded or None) for name, value, excluded in entry.all_parameters()
        ]

    @allure_commons.hookimpl(tryfirst=True)
    def report_container(self, container: TestResultContainer) -> None:
        """Leave out fixtures that went well: they are pytest's business, not the reader's."""
        for name in ("befores", "afters"):
            troubled = [part for part in getattr(container, name) if part.status in {"failed", "broken"}]
            for part in troubled:
                if part.statusDetails:
                    part.statusDetails = StatusDetails(
                        message=self.run.redaction.clean(part.statusDetails.message or "")
                    )
            setattr(container, name, troubled)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self) -> Iterator[None]:
        """Add the verdicts, the claims without a result, and the checks that never came to one."""
        yield
        run = self.run
        if run.is_worker or not run.judgements:
            return
        selected = {check.node for check in run.census.collected.selected}
        lost = [node for node in (*selected, *sorted(self.crashed - selected)) if node not in self.told]
        for entry in self.entries.at_the_end(lost, self.crashed):
            self._write(entry)
        write_text(self.folder / "environment.properties", written(self._rows()))
        write_json(self.folder / "executor.json", executor(os.environ))
        write_json(self.folder / LAST, [category.as_json() for category in CATEGORIES])

    def _write(self, entry: Entry) -> None:
        own = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.run.id} {entry.history_id}"))
        attached = self.folder / f"{own}-attachment.txt" if entry.attachment else None
        if attached:
            write_text(attached, entry.trace + "\n")
        write_json(self.folder / f"{own}-result.json", entry.as_json(own, attached))

    def _rows(self) -> dict[str, str]:
        run, option = self.run, self.run.config.option
        rows = {}
        for judgement in run.judgements:
            verdict, identity = judgement.verdict, run.identities.get(judgement.environment)
            plan = run.plan_of(judgement.environment)
            version_said = identity.version if identity and identity.version else "version unknown"
            # The report shows about 35 characters; the verdict itself tells the rest.
            word = f"{verdict.word.value} {verdict.proven}/{verdict.claims}"
            rows[judgement.environment] = f"{word}, {plan.provenance}, {version_said}"
        rows["run"] = run.id
        rows["begun"] = f"{run.begun:%Y-%m-%d %H:%M:%S} UTC"
        rows["selection"] = " ".join(
            [
                *(f"--env={name}" for name in option.env),
                *([f"-m '{option.markexpr}'"] if option.markexpr else []),
            ]
        )
        rows["proveout"] = f"{version('proveout')} on Python {platform.python_version()}"
        return {key: run.redaction.clean(value) for key, value in rows.items()}

    def pytest_unconfigure(self) -> None:
        """Leave Allure as it was."""
        allure_commons.plugin_manager.unregister(self)


def _trace(result: TestResult) -> str:
    return (result.statusDetails.trace if result.statusDetails else "") or ""


def _clean(folder: Path) -> None:
    for file in folder.glob("*") if folder.is_dir() else ():
        ours = file.name.endswith(OURS) or "-attachment." in file.name
        if file.is_file() and (ours or file.name in {"environment.properties", "executor.json"}):
            file.unlink()
