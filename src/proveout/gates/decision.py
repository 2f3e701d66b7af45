"""A decision: may this version take this edge, line by line, and on which records it rests."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from proveout.evidence.store import Entry
from proveout.gates.line import Line
from proveout.gates.release import Release
from proveout.model.verdict import Verdict, Word


@dataclass(frozen=True)
class Decision:
    """What a gate came to; `head` is the newest record that it knew of."""

    gate: str
    release: Release
    lines: tuple[Line, ...]
    used: tuple[Entry, ...]
    head: int
    decided: datetime
    definitions: dict[str, str]
    policy: str
    policy_sha256: str
    rehearsal: bool = False
    by: str = ""

    @property
    def edge(self) -> str:
        """Return `<from>-<to>`."""
        return self.gate.partition("/")[2]

    @property
    def word(self) -> Word:
        """Return FAIL if a line failed, else HOLD if one is open or none was asked, else PASS."""
        words = {line.word for line in self.lines if not line.left_out}
        if Word.FAIL in words:
            return Word.FAIL
        return Word.PASS if words == {Word.PASS} else Word.HOLD

    @property
    def verdict(self) -> Verdict:
        """Return the verdict, with how much of what is required is known to hold."""
        return Verdict(
            self.word,
            sum(line.proven for line in self.lines if not line.left_out),
            sum(line.required for line in self.lines),
            tuple(reason for line in self.lines if line.word is not Word.PASS for reason in line.reasons),
            note=self._note(),
        )

    def _note(self) -> str:
        waived = [text for line in self.lines for text in line.waived]
        notes = ["rehearsal: promotes nothing"] if self.rehearsal else []
        left_out = sum(bool(line.left_out) for line in self.lines)
        if left_out:
            notes.append(f"{left_out} {'line needs' if left_out == 1 else 'lines need'} live environments")
        if waived:
            notes.append(f"waived: {', '.join(waived)}")
        return "; ".join(notes)

    def as_json(self) -> dict[str, Any]:
        """Return the decision as JSON values."""
        verdict = self.verdict
        return {
            "gate": self.gate,
            "word": self.word.value,
            "proven": verdict.proven,
            "required": verdict.claims,
            "note": verdict.note,
            "rehearsal": self.rehearsal,
            "release": self.release.as_json(),
            "definitions": self.definitions,
            "head": self.head,
            "by": self.by,
            "lines": [line.as_json() for line in self.lines],
        }
