"""Deployments on record: a binary that changed because somebody deployed it changed behind nobody's back."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from proveout.evidence.store import Store
from proveout.load.line import Sample
from proveout.model.environment import Environment
from proveout.model.mistake import UserError
from proveout.model.verdict import Word
from proveout.soak.judgement import Judged


def deployed(store: Path, environment: Environment) -> dict[str, str]:
    """Return the artifacts that were promoted to an environment, each with the id of its record.

    A store that cannot be read holds none.
    """
    found: dict[str, str] = {}
    edge = f"-{environment.name}"
    try:
        for entry in Store(store).snapshot().newest_first("promotion"):
            gate, artifact = entry.facts.get("gate"), entry.facts.get("artifact")
            of_ours = isinstance(gate, str) and gate.startswith(f"{environment.system}/")
            if of_ours and isinstance(gate, str) and gate.endswith(edge) and isinstance(artifact, str):
                found[artifact] = entry.id
    except (UserError, OSError):
        return {}
    return found


def excused(judged: Judged, samples: Iterable[Sample], records: dict[str, str]) -> Judged:
    """Return a judgement in which no recorded deployment is held against the target.

    It is no pass either: what was soaked before it is another version.
    """
    budget = judged.by_name.get("binary")
    binaries = list(dict.fromkeys(sample.binary for sample in samples if sample.binary))
    if budget is None or budget.word is not Word.FAIL or not all(each in records for each in binaries[1:]):
        return judged
    said = ", ".join(records[each] for each in binaries[1:])
    text = f"{budget.text}; it was deployed, as {said} says, so this soak is of no single version"
    budgets = tuple(replace(b, word=Word.HOLD, text=text) if b is budget else b for b in judged.budgets)
    words = {b.word for b in budgets if not (b.claim and b.word is Word.HOLD)}
    word = Word.FAIL if Word.FAIL in words else Word.HOLD
    return replace(judged, word=word, budgets=budgets)
