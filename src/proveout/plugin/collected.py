"""What a collection came to, in a form that workers can hand to the process that judges."""

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from _pytest.mark.expression import Expression

from proveout.model.claim import TIERS
from proveout.model.mistake import near
from proveout.plugin.aside import Aside
from proveout.plugin.check import Check


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
    words = re.findall(r"[A-Za-z_]\w*", re.sub(r"\([^()]*=[^()]*\)", "", expression))
    for word in words:
        if word not in known | {"and", "or", "not", "True", "False", "None"}:
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
