"""What a collection came to, in a form that workers can hand to the process that judges."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from itertools import combinations
from typing import Any

from _pytest.mark.expression import Expression

from proveout.model.claim import TIERS
from proveout.model.mistake import near
from proveout.plugin.aside import Aside
from proveout.plugin.check import Check

MANY = 10  # words of an expression; of more not every way to combine them is tried


@dataclass
class Collected:
    """What a collection came to: the checks that run, those set aside, and the markers of every claim."""

    selected: list[Check] = field(default_factory=list)
    aside: list[Aside] = field(default_factory=list)
    marks: dict[str, list[str]] = field(default_factory=dict)
    matched: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return the collection as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "Collected":
        """Return the collection that `content` was made from."""
        return cls(
            [_check(c) for c in content["selected"]],
            [Aside(_check(a["check"]), a["kind"], a["reason"]) for a in content["aside"]],
            content["marks"],
            content["matched"],
        )


def _check(content: dict[str, Any]) -> Check:
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in content.items()}
    return Check(**values)


def unknown_marker(expression: str, known: set[str]) -> str | None:
    """Return a sentence about a word of `-m` that no marker has, or None."""
    for word in _words(expression):
        if word not in known:
            return (
                f'-m "{expression}": there is no marker "{word}"{near(word, known)}\n'
                f"  tiers: {', '.join(TIERS)}\nnext: pytest --markers"
            )
    return None


def matches(expression: str, marks: set[str]) -> bool:
    """Return whether `-m expression` selects something with these markers."""
    if not expression.strip():
        return "soak" not in marks

    def marked(name: str, /, **_: object) -> bool:
        return name in marks

    return Expression.compile(expression).evaluate(marked)


def asks_for(tiers: Iterable[str], expression: str) -> bool:
    """Return whether `-m expression` selects something because it is of one of the tiers."""
    others = sorted(set(_words(expression)) - set(TIERS))
    if len(others) > MANY:
        return bool(set(tiers) & set(_words(expression)))
    return any(
        matches(expression, {tier, *marks}) and not matches(expression, set(marks))
        for tier in tiers
        for size in range(len(others) + 1)
        for marks in combinations(others, size)
    )


def _words(expression: str) -> list[str]:
    words = re.findall(r"[A-Za-z_]\w*", re.sub(r"\([^()]*=[^()]*\)", "", expression))
    return [word for word in words if word not in {"and", "or", "not", "True", "False", "None"}]
