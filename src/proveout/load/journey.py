"""A journey: lets users visit a target as its definition says, and judges what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from proveout.load.journal import Journal, JournalError, Visit, read
from proveout.load.judgement import figures, judged
from proveout.load.order import Order
from proveout.load.schedule import Schedule
from proveout.load.supervisor import Ending, drive
from proveout.model.environment import Journey
from proveout.model.mistake import shown
from proveout.providers.process import tail
from proveout.providers.target import Target
from proveout.safety.guard import Guard, Refused

PUNCTUAL = 1.0  # seconds; a visit that begins later belongs to another load than the one that was ordered
OFFERED = 0.99  # the share of visits that must have been offered in time


class BudgetError(AssertionError):
    """The visits prove that a budget is broken; the text is what a person on call reads."""


@dataclass(frozen=True)
class Visits:
    """What became of all the visits of one journey; `trouble` says why there is nothing to judge."""

    target: str
    schedule: Schedule
    path: Path
    ending: Ending
    journal: Journal | None
    trouble: str = ""

    def keeps(self, budget: Journey) -> bool:
        """Return True if the visits prove that the budget is kept.

        Raises:
            BudgetError: they prove that it is broken.
            pytest.skip.Exception: they prove neither, so the verdict cannot be more than HOLD.
        """
        __tracebackhide__ = True
        if self.journal is None:
            said = tail(self.ending.log, 1)
            last = f'; its last words: "{said[0]}"' if said else ""
            pytest.skip(f"not proven: {self.trouble}; {self.ending}{last}; see {shown(self.ending.log)}")
        visits = self.journal.visits
        findings = judged(visits, budget)
        broken = [finding.text for finding in findings if finding.word == "broken"]
        doubts = self._doubts(self.journal)
        if broken and not doubts:
            raise BudgetError(
                "\n  ".join([self._headline(visits), *broken, f"every visit: {shown(self.path)}"])
            )
        doubts += [finding.text for finding in findings if finding.word != "kept"]
        if doubts:
            pytest.skip(f"not proven: {'; '.join(doubts)}; every visit: {shown(self.path)}")
        return True

    def figures(self) -> dict[str, Any]:
        """Return what was ordered and what came of it, by name; see `judgement.figures`."""
        visits = self.journal.visits if self.journal else ()
        ordered = {"rate": self.schedule.rate, "duration": self.schedule.duration}
        return {**ordered, "visits": 0} if not visits else {**ordered, **figures(visits)}

    def _headline(self, visits: Sequence[Visit]) -> str:
        ordered = f"{self.schedule.rate:g}/s for {self.schedule.duration:g} s"
        return f"{self.target} does not keep the budgets of its journey ({len(visits)} visits, {ordered})"

    def _doubts(self, journal: Journal) -> list[str]:
        """Return why the load was not the one that was ordered: then it says nothing about the target."""
        doubts = []
        ordered, came = self.schedule.visits, len(journal.visits)
        if came != ordered:
            doubts.append(f"{came} visits are in the journal, {ordered} were ordered")
        if journal.end.broken:
            doubts.append(
                f"{journal.end.broken} visits broke off by a mistake of the locustfile, see locust.log"
            )
        # A visit that found no room, because the target kept the others waiting, was offered: it failed.
        late = sum(visit.lag > PUNCTUAL for visit in journal.visits)
        if (came - late) / ordered < OFFERED:
            doubts.append(
                f"only {came - late} of {ordered} visits were offered within {PUNCTUAL:g} s of their time: "
                "the load generator was too slow for this rate, or its machine too busy"
            )
        return doubts


def travel(
    target: Target, guard: Guard, *, budget: Journey, locustfile: Path, folder: Path, records: Path
) -> Visits:
    """Let users visit the target for the time and at the rate of the budget.

    The guard's policy and effect hold for the load too, what is left of its requests is all there is, and
    what the load used of them is taken from it. `folder` takes order, journal and log; `records` is where
    started processes are written down.

    Raises:
        Refused: the load wanted something the guard does not allow.
    """
    folder.mkdir(parents=True)
    path = folder / "journal.jsonl"
    order = Order(
        url=target.url,
        environment=target.environment.name,
        policy=guard.policy,
        effect=guard.effect,
        rate=budget.rate,
        duration=budget.duration,
        in_flight=guard.budgets.concurrency,
        requests=guard.budgets.requests - guard.requests,
        answer=guard.budgets.answer,
        body=guard.budgets.body,
        journal=str(path.resolve()),
    )
    ending = drive(order, locustfile, folder.resolve(), records)
    journal, trouble = None, ""
    try:
        journal = read(path)
    except JournalError as error:
        trouble = str(error)
        # How much of the budget a killed generator used is not known, so all of it counts as used.
        guard.requests = guard.budgets.requests
    else:
        guard.requests += journal.end.requests
        if journal.end.refused:
            guard.refusals.extend(journal.end.refused)
            raise Refused(journal.end.refused[0])
    return Visits(target.environment.id, order.schedule, path, ending, journal, trouble)
