"""What a run knows, as entries of the Allure report."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from proveout.model.claim import TIERS, Claim
from proveout.model.verdict import Word
from proveout.plugin.census import Judgement, Outcome
from proveout.plugin.check import Check
from proveout.plugin.verdict_text import verdict_lines
from proveout.reports.category import BROKEN, DEFECT, REFUSED, TARGET, UNPROVEN, Category
from proveout.reports.entry import Entry, Status, sentence, subject

if TYPE_CHECKING:
    from proveout.plugin.run import Run

REFUSED_BEGINS = "the guard refused it"
BINDING = ("environment", "together")
STATUSES: dict[Word, Status] = {Word.PASS: "passed", Word.FAIL: "failed", Word.HOLD: "broken"}


class Entries:
    """Makes the entries of one run; everything in them is free of the run's secrets."""

    def __init__(self, run: "Run") -> None:
        self.run = run

    def of_check(
        self, check: Check, *, trace: str, params: Mapping[str, str], start: int, stop: int
    ) -> Entry:
        """Return the entry of a check that ended in this process."""
        outcome = self.run.census.outcomes.get(check.node, Outcome())
        clean = self.run.redaction.clean
        status, message = self._told(check, outcome)
        entry = self._of_check(check, status, message)
        return replace(
            entry,
            # Of the many results of one check each says which it is.
            name=f"{entry.name}: {params['budget']}" if "budget" in params else entry.name,
            trace=clean(trace) if status in {"failed", "broken"} else "",
            parameters=[(name, clean(value)) for name, value in params.items() if name not in BINDING],
            start=start,
            stop=stop,
        )

    def _of_check(self, check: Check, status: Status, message: str) -> Entry:
        run = self.run
        tier = next((tier for tier in TIERS if tier in check.marks), "")
        several = len(check.environments) > 1
        where = check.environments[0].partition("/")[0] if several else check.environments[0]
        plan = next((plan for plan in run.plans if plan.environment.id == check.environments[0]), None)
        return Entry(
            identity=check.node.partition("[")[0],
            name=sentence(check.node),
            where=where,
            status=status,
            group=f"{tier}: {subject(check.node)}",
            message=run.redaction.clean(message),
            claims=[claim for i in check.about if (claim := run.catalogue.claim(i))],
            tier=tier,
            tags=(check.effect,),
            provenance=plan.provenance if plan else "",
            worker=getattr(run.config, "workerinput", {}).get("workerid", "main"),
        )

    def _told(self, check: Check, outcome: Outcome) -> tuple[Status, str]:
        if outcome.ending == "passed":
            return "passed", ""
        if outcome.ending == "failed":
            return "failed", BROKEN.message("\n".join([outcome.message, "", *self._hints(check)]))
        if outcome.ending == "error":
            kind = REFUSED if outcome.message.startswith(REFUSED_BEGINS) else DEFECT
            return "broken", kind.message("\n".join([outcome.message, "", *self._hints(check)]))
        status: Status = "broken" if outcome.ending == "lost" else "skipped"
        return status, UNPROVEN.message(f"{outcome.ending}, {outcome.message}")

    def _hints(self, check: Check) -> list[str]:
        run = self.run
        lines = [f"{i}  {claim.says}" for i in check.about if (claim := run.catalogue.claim(i))]
        for environment in check.environments:
            target = run.targets.get(environment)
            if target and target.log_to_read:
                lines.append(f"look at:  {self._within(target.log_to_read)}")
        name = check.node.rpartition("::")[2].partition("[")[0]
        wanted = (
            check.environments[0] if len(check.environments) == 1 else check.environments[0].partition("/")[0]
        )
        return [*lines, f"again:    pytest --env={wanted} -k {name}"]

    def _within(self, path: Path) -> str:
        """Return a path without the machine it is on: from the folder of the reports on, or its name."""
        reports = self.run.reports
        return str(path.relative_to(reports.parent)) if path.is_relative_to(reports) else path.name

    def at_the_end(self, lost: Iterable[str], crashed: set[str]) -> Iterator[Entry]:
        """Return the verdicts, the claims that no check has a result for, and the checks without one."""
        now = int(time.time() * 1000)
        for judgement in self.run.judgements:
            yield self._of_verdict(judgement, now)
        yield from self._unverified(now)
        checks = {check.node: check for check in self.run.census.collected.selected}
        for node in lost:
            yield self._of_lost(node, checks.get(node), now, crashed=node in crashed)

    def _of_verdict(self, judgement: Judgement, now: int) -> Entry:
        run, verdict = self.run, judgement.verdict
        plan = run.plan_of(judgement.environment)
        lines = [line for line in verdict_lines(run, judgement)[1:] if not line.startswith("  evidence:")]
        text = run.redaction.clean("\n".join(lines)).replace(f"{run.reports.parent}/", "").strip("\n")
        kind = self._kind(judgement)
        word = f"{verdict.word.value} {verdict.proven}/{verdict.claims}"
        return Entry(
            identity="verdict",
            name=f"Verdict on {judgement.environment}: {word}",
            where=judgement.environment,
            status=STATUSES[verdict.word],
            group=f"verdict: {word}",
            message=run.redaction.clean(kind.message(_why(judgement))) if kind else "",
            trace=text,
            description=f"```\n{text}\n```",
            tags=("verdict",),
            provenance=plan.provenance,
            worker="verdict",
            start=int(run.begun.timestamp() * 1000),
            stop=now,
            attachment="verdict",
        )

    def _kind(self, judgement: Judgement) -> Category | None:
        verdict = judgement.verdict
        if verdict.word is Word.PASS:
            return None
        if verdict.refused:
            return REFUSED
        if any(t.word is Word.FAIL for t in self.run.troubles.get(judgement.environment, ())):
            return TARGET
        return BROKEN if verdict.word is Word.FAIL else UNPROVEN

    def _unverified(self, now: int) -> Iterator[Entry]:
        told: set[tuple[str, str]] = set()
        collected = self.run.census.collected
        for judgement in self.run.judgements:
            running = {
                claim
                for check in collected.selected
                if judgement.environment in check.environments
                for claim in check.about
            }
            for claim_id, reason in judgement.unverified.items():
                claim = self.run.catalogue.claim(claim_id)
                if claim is None or claim_id in running:
                    continue  # the check that ran, or was lost, tells it
                where = judgement.environment
                if claim.scope == "together":
                    where = where.partition("/")[0]
                if (where, claim_id) not in told:
                    told.add((where, claim_id))
                    # The report sorts by time; a millisecond each keeps the order of the document.
                    yield self._of_unverified(claim, where, reason, now + len(told))

    def _of_unverified(self, claim: Claim, where: str, reason: str, now: int) -> Entry:
        return Entry(
            identity=f"claim {claim.id}",
            name=f"{claim.id}: {claim.says}",
            where=where,
            status="skipped",
            group="not verified",
            message=self.run.redaction.clean(UNPROVEN.message(reason)),
            claims=(claim,),
            tier=claim.tier or "",
            tags=("unverified",),
            worker="not verified",
            start=now,
            stop=now,
        )

    def _of_lost(self, node: str, check: Check | None, now: int, *, crashed: bool) -> Entry:
        says = "the worker that ran it crashed" if crashed else Outcome().message
        message = UNPROVEN.message(says)
        if check is not None:
            hints = "\n".join([message, "", *self._hints(check)])
            return replace(self._of_check(check, "broken", hints), start=now, stop=now)
        # No worker lived to say what was collected; the name of the check is all there is.
        known = node.partition("[")[2].rstrip("]")
        where = next((p.environment.id for p in self.run.plans if p.environment.id in known), known or "run")
        return Entry(
            node.partition("[")[0], sentence(node), where, "broken", message=message, start=now, stop=now
        )


def _why(judgement: Judgement) -> str:
    """Return the reasons of a verdict, with the claims instead of their number."""
    reasons = [reason for reason in judgement.verdict.reasons if not reason.endswith(" failed")]
    broken = ", ".join(judgement.failed) or ", ".join(map(sentence, judgement.failed_checks))
    return "\n".join([*([broken] if broken else []), *reasons])
