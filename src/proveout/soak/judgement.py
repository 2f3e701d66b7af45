"""The verdict of a soak: PASS, FAIL or HOLD, budget by budget, from the ledger alone.

What holds is told only where the upper bound of what was seen is within the budget; what is broken only where
the lower one is outside; everything else is HOLD, with what would decide. Nothing is PASS that nobody saw.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from proveout.load.ledger import Ledger
from proveout.load.profile import Mix, Profile
from proveout.model.verdict import Word
from proveout.soak import answers, conduct, measured
from proveout.soak.budget import Budget
from proveout.soak.growth import Limit, grown
from proveout.soak.series import NAMES, all_series

__all__ = ["Budget", "Judged", "judge"]


@dataclass(frozen=True)
class Judged:
    """The verdict, and the judgement of each budget behind it."""

    word: Word
    budgets: tuple[Budget, ...]
    rehearsal: bool
    duration: float

    def says(self) -> str:
        """Return the verdict as it is told: "PASS", or "PASS (rehearsal 5m)"."""
        return f"{self.word.value} (rehearsal {_short(self.duration)})" if self.rehearsal else self.word.value

    @cached_property
    def by_name(self) -> dict[str, Budget]:
        """Return the budgets by their names."""
        return {budget.name: budget for budget in self.budgets}


def judge(ledger: Ledger, profile: Profile, mix: Mix) -> Judged:
    """Judge everything a ledger says against the budgets of a system's mix.

    `profile` is the one the ledger follows, over the ledger's duration.
    """
    budgets = tuple(_budgets(ledger, profile, mix))
    words = {budget.word for budget in budgets if not (budget.claim and budget.word is Word.HOLD)}
    word = Word.FAIL if Word.FAIL in words else Word.HOLD if Word.HOLD in words else Word.PASS
    return Judged(word, budgets, ledger.head.rehearsal, ledger.head.duration)


def limits(ledger: Ledger, mix: Mix) -> list[Limit]:
    """Return the budgets of growth that are declared, each with its series."""
    declared = {name: getattr(mix.limits, name) for name in NAMES}
    found = all_series(ledger, [name for name, limit in declared.items() if limit is not None])
    return [Limit(series, float(declared[name]), ledger.head.duration) for name, series in found.items()]


def _budgets(ledger: Ledger, _profile: Profile, mix: Mix) -> Iterator[Budget]:
    yield answers.errors(ledger, mix)
    yield from answers.server_errors(ledger, mix)
    yield from answers.latencies(ledger, mix)
    for limit in limits(ledger, mix):
        yield grown(limit, ledger)
    yield conduct.restarts(ledger, mix)
    yield conduct.critical_lines(ledger, mix)
    yield measured.offered(ledger)
    yield measured.coverage(ledger)
    yield conduct.identity(ledger)
    yield conduct.poll(ledger)
    yield conduct.levels(ledger)
    yield from conduct.log_per_request(ledger, mix)
    yield conduct.rows(ledger)
    yield conduct.database_file(ledger)
    yield conduct.binary(ledger)
    yield from answers.cold_start(ledger, mix)


def _short(seconds: float) -> str:
    """Write a duration as it is given to --soak-duration."""
    for unit, length in (("h", 3600), ("m", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:g}{unit}"
    return f"{seconds:g}s"
