"""The census: did everything selected run, and what does it prove of each environment?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from proveout.model.claim import NO_CHECK, Claim
from proveout.model.verdict import Verdict, Word
from proveout.plugin.collected import Collected, matches

Ending = Literal["passed", "failed", "skipped", "xfailed", "error", "lost"]
TroubleKind = Literal[
    "",
    "refused",  # the target, or what a check wanted of it
    "redeployed",  # another version at the end than at the start
    "unidentified",  # it does not say who it is
    "gone",  # nothing answers there
    "cut-short",  # the run did not come to its end
    "not-started",  # a copy did not come up
    "leaked",  # a secret was in a file of the run
    "other-version",  # not the version or artifact that was asked for
]


@dataclass
class Outcome:
    """What came of one check; `message` is its failure or the reason it did not run to its end."""

    ending: Ending = "lost"
    message: str = "it was selected and never ended: the run was cut short"
    seconds: float = 0.0
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a target as a whole: the word it forces, why, and of which kind it is."""

    word: Word
    reason: str
    kind: TroubleKind = ""

    @property
    def refused(self) -> bool:
        """Return whether the target, or what a check wanted of it, was refused."""
        return self.kind == "refused"

    def as_json(self) -> dict[str, str]:
        """Return the trouble as JSON values."""
        return {"word": self.word.value, "reason": self.reason, "kind": self.kind}


@dataclass(frozen=True)
class Judgement:
    """The verdict on one environment and what became of every claim in question."""

    environment: str
    verdict: Verdict
    proven: tuple[str, ...]
    failed: dict[str, list[str]]
    unverified: dict[str, str]
    failed_checks: dict[str, str]
    executed: int


@dataclass
class Census:
    """Counts outcomes of checks against the claims in question."""

    collected: Collected = field(default_factory=Collected)
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def note(
        self,
        node: str,
        ending: Ending,
        message: str,
        seconds: float,
        figures: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """Remember one phase of a check: the worst ending counts, the times add up, figures are kept."""
        known = self.outcomes.setdefault(node, Outcome())
        known.figures |= figures
        order: list[Ending] = ["lost", "passed", "skipped", "xfailed", "error", "failed"]
        if order.index(ending) > order.index(known.ending):
            known.ending, known.message = ending, message
        known.seconds += seconds

    def in_question(self, claims: Iterable[Claim], expression: str) -> list[Claim]:
        """Return the claims that `-m expression` asks about, whether or not a check exists for them."""
        return [
            claim
            for claim in claims
            if matches(expression, {*self.collected.marks.get(claim.id, ()), str(claim.tier)})
        ]

    def judge(
        self,
        environment: str,
        claims: list[Claim],
        *,
        troubles: list[Trouble],
        require: frozenset[str] = frozenset(),
        note: str = "",
    ) -> Judgement:
        """Return the judgement on one environment; `claims` are those in question."""
        count = _Count(self, environment, require)
        for claim in claims:
            count.add(claim.id)
        count.add_other_checks()
        holds = count.holds()
        if not count.proven and count.executed and not count.failed_checks:
            holds.append("no claim was proven")
        fails = [f"{len(count.failed_checks)} failed"] if count.failed_checks else []
        fails += [t.reason for t in troubles if t.word is Word.FAIL]
        holds += [t.reason for t in troubles if t.word is Word.HOLD]
        refused = any(t.refused for t in troubles)
        mixed = any(t.kind == "redeployed" for t in troubles)
        # Results of two deployments prove nothing of either, not even a failure of the one that stayed.
        word = Word.FAIL if fails and not mixed else Word.HOLD if holds or fails else Word.PASS
        verdict = Verdict(word, len(count.proven), len(claims), tuple(fails + holds), refused, note)
        return Judgement(
            environment,
            verdict,
            tuple(count.proven),
            count.failed,
            count.unverified,
            count.failed_checks,
            count.executed,
        )


class _Count:
    """Sorts the claims of one environment into proven, failed and unverified."""

    def __init__(self, census: Census, environment: str, require: frozenset[str]) -> None:
        collected = census.collected
        self.checks = [c for c in collected.selected if environment in c.environments]
        self.aside = [a for a in collected.aside if environment in a.check.environments]
        self.marks = collected.marks
        self.outcomes = census.outcomes
        self.require = require
        self.proven: list[str] = []
        self.failed: dict[str, list[str]] = {}
        self.unverified: dict[str, str] = {}
        self.failed_checks: dict[str, str] = {}
        self.unfinished: list[str] = []
        ended = [self._outcome(check.node).ending for check in self.checks]
        self.executed = sum(ending in {"passed", "failed"} for ending in ended)

    def _outcome(self, node: str) -> Outcome:
        return self.outcomes.get(node, Outcome())

    def add(self, claim: str) -> None:
        checks = [(c.node, self._outcome(c.node)) for c in self.checks if claim in c.claims]
        aside = [a for a in self.aside if claim in a.check.claims]
        failures = [outcome.message for _, outcome in checks if outcome.ending == "failed"]
        open_ends = [outcome for _, outcome in checks if outcome.ending not in {"passed", "failed"}]
        if failures:
            self.failed[claim] = failures
        elif open_ends:
            self.unverified[claim] = f"{open_ends[0].ending}: {open_ends[0].message}"
        elif aside:
            self.unverified[claim] = aside[0].reason
        elif not checks:
            self.unverified[claim] = "not selected" if claim in self.marks else NO_CHECK
        else:
            self.proven.append(claim)

    def add_other_checks(self) -> None:
        """Remember every failure and every check that did not end, also of checks that only serve a rule."""
        for check in self.checks:
            outcome = self._outcome(check.node)
            if outcome.ending == "failed":
                self.failed_checks[check.node] = outcome.message
            elif outcome.ending != "passed":
                self.unfinished.append(
                    f"{check.node.rpartition('::')[2]}: {outcome.ending}, {outcome.message}"
                )

    def holds(self) -> list[str]:
        reasons = [*self.unfinished]
        for need in sorted(self.require & {a.kind for a in self.aside}):
            claims = sorted({claim for a in self.aside if a.kind == need for claim in a.check.about})
            reasons.append(f"--env-require {need}: missing for {', '.join(claims)}")
        if self.executed == 0:
            reasons.append("no check was executed")
        return reasons


def outcome_of(report: Any) -> tuple[Ending, str] | None:
    """Return what one phase of a check came to; None for phases that say nothing (a set-up that passed)."""
    noted = getattr(report, "proveout", {})
    message = noted.get("message", "")
    if getattr(report, "wasxfail", None) is not None:
        return "xfailed", f"expected to fail: {report.wasxfail or 'no reason given'}"
    if report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        return "skipped", reason.removeprefix("Skipped: ") or "no reason given"
    if report.failed and (noted.get("refused") or noted.get("unknown")):
        return "error", message
    if report.failed and (report.when == "call" or noted.get("wrong")):
        return "failed", message or str(report.longrepr)
    if report.failed:
        # "???" is what xdist says of the check that a worker took with it when it ended.
        what = "its worker crashed" if report.when == "???" else f"its {report.when} failed"
        return "error", f"{what}: {message or report.longrepr}"
    return ("passed", "") if report.when == "call" else None
