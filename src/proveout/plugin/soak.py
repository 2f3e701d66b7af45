"""The soak of a run: one course per environment and session, from which each check judges its budgets."""

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from proveout.access.answer import Unknowable
from proveout.load.line import NEAR
from proveout.model.verdict import Word
from proveout.plugin.soak_wish import elapsed, span

if TYPE_CHECKING:
    from collections.abc import Callable

    from proveout.load.ledger import Ledger
    from proveout.load.profile import Mix
    from proveout.plugin.run import Run
    from proveout.plugin.soak_report import SoakReport
    from proveout.plugin.soak_wish import SoakWish
    from proveout.providers.target import Target
    from proveout.soak.judgement import Budget, Judged

NO_BUDGET = "none"
GROWING = ("rss", "descriptors", "threads", "disk", "log")
ALWAYS = ("restarts", "critical lines", "offered", "coverage", "identity")


def declared(mix: "Mix") -> tuple[str, ...]:
    """Return the names of the budgets that a profile declares for a system, as they are judged."""
    names = ["errors"]
    if mix.limits.server_errors is not None:
        names.append("server errors")
    for call, latency in mix.requests.items():
        names += [f"latency {call} p{100 * quantile:g}" for quantile in latency.by_quantile]
    names += [name for name in GROWING if getattr(mix.limits, name) is not None]
    return (*names, *ALWAYS)


class BudgetBroken(AssertionError):
    """The ledger proves that a budget is broken; the text is what a person on call reads."""


class Soaked:
    """A course that has ended, by itself or at a checkpoint, and what was judged of it."""

    def __init__(self, wish: "SoakWish", ledger: "Ledger", judged: "Judged") -> None:
        self.wish = wish
        self.ledger = ledger
        self.judged = judged

    @property
    def unfinished(self) -> str:
        """Return why not all of it is on record and what goes on with it, or nothing."""
        if self.ledger.position >= self.wish.profile.duration - NEAR:
            return ""
        done, whole = elapsed(self.ledger.valid), span(self.wish.profile.duration)
        last = self.ledger.segments[-1] if self.ledger.segments else None
        why = "checkpoint" if last is None or last.checkpoint else f"it ended early ({last.why})"
        return f"{why}: {done} of {whole} are on record; next: {self.wish.again}"

    @property
    def word(self) -> Word:
        """Return the word on the whole: what is not finished cannot pass."""
        return Word.HOLD if self.unfinished and self.judged.word is Word.PASS else self.judged.word


class Soak:
    """What a check of the soak tier holds in its hands."""

    def __init__(
        self, soaked: Soaked, figures: dict[str, Any], tell: "Callable[[Budget], None] | None" = None
    ) -> None:
        self._soaked = soaked
        self._figures = figures
        self._tell = tell

    @property
    def ledger(self) -> "Ledger":
        """Return everything that is on record."""
        return self._soaked.ledger

    @property
    def judged(self) -> "Judged":
        """Return what was judged of all budgets."""
        return self._soaked.judged

    def budget(self, name: str) -> "Budget":
        """Return one budget by its name."""
        return self._soaked.judged.by_name[name]

    def keeps(self, *names: str) -> bool:
        """Return True if the ledger proves that these budgets are kept.

        A name stands for all that begin with it: "latency" for every request's.

        Raises:
            BudgetBroken: it proves that one is broken.
            pytest.skip.Exception: it proves neither, so the verdict cannot be more than HOLD.
        """
        __tracebackhide__ = True
        found = [budget for name in names for budget in self._named(name)]
        return self._judged(found, [name for name in names if not self._named(name)])

    def _judged(self, found: "list[Budget]", missing: list[str]) -> bool:
        __tracebackhide__ = True
        self._figures.update({budget.name: budget.figures for budget in found})
        note = f" ({self._soaked.wish.note})" if self._soaked.wish.note else ""
        if broken := [budget for budget in found if budget.word is Word.FAIL]:
            said = [f"{budget.name}: {budget.text}" for budget in broken]
            raise BudgetBroken("\n".join([f"the soak of {self._soaked.wish.environment}{note} says:", *said]))
        doubts = [f"{budget.name}: {budget.text}" for budget in found if budget.word is Word.HOLD]
        doubts += [f"the profile says nothing of {name}" for name in missing]
        if self._soaked.unfinished:
            doubts.insert(0, self._soaked.unfinished)
        if doubts:
            pytest.skip(f"not proven: {'; '.join(doubts)}")
        return True

    def holds(self, name: str) -> bool:
        """Return True if the ledger proves that the budget of exactly this name is kept; see `keeps`."""
        __tracebackhide__ = True
        budget = self._soaked.judged.by_name.get(name)
        if budget is not None and self._tell is not None:
            self._tell(budget)
        return self._judged([budget] if budget else [], [] if budget else [name])

    def breaks_nothing(self) -> bool:
        """Return True if nothing broke of what nobody declared a budget for; see `keeps`.

        What could not be seen of it counts for the claims about it only.
        """
        __tracebackhide__ = True
        undeclared = [budget for budget in self._soaked.judged.budgets if budget.claim]
        return self._judged([budget for budget in undeclared if budget.word is not Word.HOLD], [])

    def _named(self, name: str) -> "list[Budget]":
        return [b for b in self._soaked.judged.budgets if b.name == name or b.name.startswith(f"{name} ")]


class Soaks:
    """The hooks and the state of the soak tier in one run."""

    def __init__(self, run: "Run", wish: "SoakWish | None") -> None:
        self.run = run
        self.wish = wish
        self.done: dict[str, Soaked] = {}
        self.failed: dict[str, str] = {}
        self.reports: dict[str, SoakReport] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Give a check that asks for a budget one value for each budget of the profile."""
        if "budget" not in metafunc.fixturenames:
            return
        names: tuple[str, ...] = (NO_BUDGET,)
        if self.wish is not None:
            names = declared(self.wish.profile.mix(self.wish.environment.partition("/")[0]))
        metafunc.parametrize("budget", names)

    def pytest_report_header(self) -> str | None:
        """Say how long the soak takes, and where everything is written down."""
        if self.wish is None or not self.run.verifies:
            return None
        how = "goes on with" if self.wish.resume else "begins"
        note = f" ({self.wish.note})" if self.wish.note else ""
        return f"proveout: soak of {self.wish.environment} {how}, profile {self.wish.profile.name}{note}"

    def note(self, environment: str) -> str:
        """Return what a verdict on an environment says of its soak, where it was a short one."""
        return self.wish.note if self.wish is not None and environment in self.done else ""

    def facts(self, environment: str) -> dict[str, Any] | None:
        """Return what the evidence of an environment says of its soak; None where there was none."""
        from proveout.plugin.soak_facts import facts  # noqa: PLC0415 - only a soak needs it

        return facts(self.done[environment]) if environment in self.done else None

    def soaked(self, target: "Target") -> Soaked:
        """Return the soak of a target; the first who asks waits for all of it.

        Raises:
            Unknowable: the ledger cannot be gone on with, or is damaged.
        """
        i = target.environment.id
        if i in self.failed:
            raise Unknowable(self.failed[i])
        if i not in self.done:
            if self.wish is None or self.wish.environment != i:
                raise pytest.UsageError(f"{i}: no soak was asked for\nnext: pytest --env={i} -m soak")
            from proveout.plugin.soak_course import follow  # noqa: PLC0415 - only a soak needs it

            capture = self.run.config.pluginmanager.get_plugin("capturemanager")
            shown = capture.global_and_fixture_disabled() if capture is not None else nullcontext()
            try:
                with shown:
                    self.done[i] = follow(self.run, target, self.wish)
                self._report(i)
            except Unknowable as error:
                self.failed[i] = str(error)  # the next check is not to try it all again
                raise
        return self.done[i]

    def _report(self, environment: str) -> None:
        """Write the page, where somebody wants reports: they take seconds."""
        if self.run.config.pluginmanager.hasplugin("allure_pytest"):
            from proveout.plugin.soak_report import SoakReport  # noqa: PLC0415 - draws pictures

            self.reports[environment] = SoakReport(self.run, self.done[environment])

    def telling(self, environment: str) -> "Callable[[Budget], None] | None":
        """Return what adds a budget to the report, None where there is none."""
        report = self.reports.get(environment)
        return report.tell if report is not None else None
