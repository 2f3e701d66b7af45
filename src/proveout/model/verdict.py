"""The verdict on an environment: PASS, FAIL or HOLD, always with how much was verified."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum


class Word(Enum):
    """The three words a verdict can be; HOLD means that it cannot be known yet."""

    PASS = "PASS"  # noqa: S105 - a verdict
    FAIL = "FAIL"
    HOLD = "HOLD"


class ExitCode:
    """What a run tells the shell; 2 to 5 are pytest's own."""

    PASS = 0
    FAIL = 1
    USAGE = 4
    HOLD = 20
    REFUSED = 21


@dataclass(frozen=True)
class Verdict:
    """A word, the count of claims proven of those in question, and the reasons in plain sentences."""

    word: Word
    proven: int
    claims: int
    reasons: tuple[str, ...] = ()
    refused: bool = False
    note: str = field(default="", compare=False)

    def __str__(self) -> str:
        count = f"{self.word.value} {self.proven}/{self.claims}"
        return f"{count} ({self.note})" if self.note else count

    @property
    def exit_code(self) -> int:
        """Return the exit code this verdict alone would give."""
        if self.refused:
            return ExitCode.REFUSED
        return {Word.PASS: ExitCode.PASS, Word.FAIL: ExitCode.FAIL, Word.HOLD: ExitCode.HOLD}[self.word]


def worst(verdicts: Iterable[Verdict]) -> int:
    """Return the exit code of a run over several environments.

    A refusal outweighs all (nothing may be concluded), then FAIL, then HOLD. No verdict at all is HOLD.
    """
    codes = {verdict.exit_code for verdict in verdicts} or {ExitCode.HOLD}
    for code in (ExitCode.REFUSED, ExitCode.FAIL, ExitCode.HOLD):
        if code in codes:
            return code
    return ExitCode.PASS
