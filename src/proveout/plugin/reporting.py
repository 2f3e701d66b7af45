"""What a run says: the header, the verdict at the end, the exit code, and the record it leaves."""

import re
from collections.abc import Generator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from proveout.access.answer import Unknowable, Wrong
from proveout.model.verdict import ExitCode, Word, worst
from proveout.plugin.census import outcome_of
from proveout.plugin.ending import conclude
from proveout.plugin.figures import FIGURES, plain
from proveout.plugin.verdict_text import plan_lines, verdict_lines
from proveout.safety.guard import Refused

if TYPE_CHECKING:
    from proveout.plugin.run import Run

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
LONGEST = 300  # characters of a value in a sentence


class Reporting:
    """The hooks that watch, count and speak."""

    def __init__(self, run: "Run") -> None:
        self.run = run
        if run.config.option.tbstyle == "auto":
            run.config.option.tbstyle = "short"

    def pytest_report_header(self) -> list[str]:
        """Say which targets the run works on."""
        run = self.run
        lines = [f"proveout: ended {started.what}, left by a run that was killed" for started in run.reaped]
        for plan in run.plans:
            target = run.targets.get(plan.environment.id)
            where = target.url if target else plan.url or "a copy to be started"
            parts = [plan.environment.id, plan.provenance, where]
            if target and target.moved:
                moved = ", ".join(f"{key}={value}" for key, value in target.moved.items())
                parts.append(f"({moved} instead of the declared)")
            if target and target.started_in is not None:
                parts.append(f"ready in {target.started_in:.1f} s")
            lines.append("proveout: " + "  ".join(parts))
        return lines

    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> list[str] | None:
        """Say of two values that should be equal what was seen and what was expected."""
        return [f"saw {_short(left)}, expected {_short(right)}"] if op == "==" else None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Write on each report what the check was about and, in one paragraph, why it failed."""
        report = yield
        run = self.run
        check = run.checks.get(item.nodeid)
        if check is not None:
            message = run.redaction.clean(_sentence(call.excinfo.value)) if call.excinfo else ""
            refused = bool(call.excinfo and isinstance(call.excinfo.value, Refused))
            if refused:
                message = f"the guard refused it: {message}"
            # What the target did wrong is a failure of its claims, also where a fixture noticed it.
            wrong = bool(call.excinfo and isinstance(call.excinfo.value, Wrong))
            # Attributes of a report travel with it from a worker to the process that judges.
            figures: dict[str, Any] = item.stash.get(FIGURES, {})
            unknown = bool(call.excinfo and isinstance(call.excinfo.value, Unknowable))
            vars(report)["proveout"] = {
                "message": message,
                "refused": refused,
                "wrong": wrong,
                "unknown": unknown,
                "figures": plain(figures),
            }
            self._mask(report)
            if call.when == "setup":
                item.user_properties.append(("environment", ", ".join(check.environments)))
                item.user_properties.append(("claims", ", ".join(check.about)))
        return report

    def _mask(self, report: pytest.TestReport) -> None:
        clean = self.run.redaction.clean
        if report.longrepr is not None and (text := clean(str(report.longrepr))) != str(report.longrepr):
            report.longrepr = text
        report.sections = [(name, clean(content)) for name, content in report.sections]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count every phase of every check."""
        found = outcome_of(report)
        if found is not None:
            figures = getattr(report, "proveout", {}).get("figures", {})
            self.run.census.note(report.nodeid, *found, report.duration, figures)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """With `--env-plan`, say what would run instead of running it."""
        if self.run.config.option.env_plan and not self.run.is_worker:
            terminal = session.config.pluginmanager.get_plugin("terminalreporter")
            if terminal is not None:
                terminal.write_line("\n".join(["", *plan_lines(self.run)]))
            return True
        return None

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Come to the verdicts, leave the record, and set the exit code."""
        run = self.run
        if run.is_worker:
            vars(run.config)["workeroutput"]["proveout"] = {
                "collected": run.census.collected.as_json(),
                "refused": {i: guard.refusals for i, guard in run.guards.items()},
                "requests": {i: g.requests + run.requests_of_loads[i] for i, g in run.guards.items()},
            }
            run.close()
            return
        if not run.verifies:
            return
        cut_short = exitstatus in {pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR}
        conclude(run, cut_short=cut_short)
        if exitstatus in {
            pytest.ExitCode.OK,
            pytest.ExitCode.TESTS_FAILED,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        }:
            session.exitstatus = self._exit_code(exitstatus)

    def _exit_code(self, exitstatus: int) -> int:
        run = self.run
        nothing = run.census.collected.matched == 0 and not run.blocked
        if nothing and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            return exitstatus
        code = worst(judgement.verdict for judgement in run.judgements)
        # pytest saw a failure that no verdict knows of, such as an error outside of any check.
        return ExitCode.FAIL if code == ExitCode.PASS and exitstatus == pytest.ExitCode.TESTS_FAILED else code

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print the verdict on every environment."""
        if not self.run.judgements:
            return
        terminalreporter.section("proveout", sep="=")
        for judgement in self.run.judgements:
            colour = {Word.PASS: "green", Word.FAIL: "red", Word.HOLD: "yellow"}[judgement.verdict.word]
            for line in verdict_lines(self.run, judgement):
                first = line.startswith(judgement.verdict.word.value)
                terminalreporter.write_line(
                    self.run.redaction.clean(line), **({colour: True, "bold": True} if first else {})
                )
        terminalreporter.write_line("")


def _sentence(error: BaseException) -> str:
    """Return what an error says, without pytest's account of how the compared values came about."""
    text = ESCAPES.sub("", str(error)) or type(error).__name__
    lines = text.removeprefix("assert ").splitlines() if text.startswith("assert saw ") else text.splitlines()
    own = next((i for i, line in enumerate(lines) if line.lstrip().startswith("+")), len(lines))
    return "\n".join(lines[:own] or lines)


def _short(value: object) -> str:
    text = f"{value:%Y-%m-%dT%H:%M:%S.%f%z}" if isinstance(value, datetime) else repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
