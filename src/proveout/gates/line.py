"""One line of a decision: what had to hold, the word, why, from which records, and what to do next."""

from dataclasses import dataclass
from typing import Any, Self

from proveout.evidence.store import Entry
from proveout.model.gate import Rule
from proveout.model.verdict import Word


@dataclass(frozen=True)
class Line:
    """What a rule came to. `proven` of `required` says how much of it is known to hold.

    `left_out` says why a rehearsal does not ask for it; then the word means nothing.
    """

    says: str
    needs: str
    word: Word
    reasons: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    used: tuple[Entry, ...] = ()
    decides: tuple[str, ...] = ()
    proven: int = 0
    required: int = 1
    waived: tuple[str, ...] = ()
    left_out: str = ""

    @classmethod
    def of(
        cls,
        rule: Rule,
        word: Word,
        reasons: tuple[str, ...] = (),
        commands: tuple[str, ...] = (),
        used: tuple[Entry, ...] = (),
        *,
        proven: int | None = None,
        required: int = 1,
        waived: tuple[str, ...] = (),
    ) -> Self:
        """Return what a rule came to; without a count it is all or nothing."""
        return cls(
            rule.says,
            rule.needs,
            word,
            reasons,
            commands,
            used,
            rule.decides,
            int(word is Word.PASS) if proven is None else proven,
            required,
            waived,
        )

    @classmethod
    def left(cls, rule: Rule, why: str) -> Self:
        """Return that a rehearsal does not ask for what a rule says."""
        return cls(rule.says, rule.needs, Word.HOLD, decides=rule.decides, left_out=why)

    def as_json(self) -> dict[str, Any]:
        """Return the line as JSON values."""
        return {
            "says": self.says,
            "needs": self.needs,
            "word": self.word.value,
            "proven": self.proven,
            "required": self.required,
            "reasons": list(self.reasons),
            "next": list(self.next),
            "evidence": [entry.id for entry in self.used],
            "decides": list(self.decides),
            "waived": list(self.waived),
            "left_out": self.left_out,
        }
