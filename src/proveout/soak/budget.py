"""What is said of one budget: a word, a sentence, and the figures behind it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from proveout.load.line import Sample
from proveout.model.verdict import Word
from proveout.model.wording import counted, in_line

UNSEEN = 0.01  # share of samples in which something may be missing; a restarting sampler misses a few
LONGEST = 2000  # characters of a sentence; reasons in it are shorter
FEW = 2  # samples that may be missing however few there are


@dataclass(frozen=True)
class Budget:
    """The judgement of one budget.

    `figures` may hold `found`, `budget`, `lower`, `upper` in `unit` ("s", "B", "share" or ""), and for growth
    `slope`, `slope_lower`, `slope_upper` and `smallest` per hour. Where `claim` is set, nobody declared
    a budget: it counts if it is broken, and if it could not be seen, only for the claim.
    """

    name: str
    word: Word
    text: str
    figures: dict[str, Any] = field(default_factory=dict)
    claim: bool = False

    def __post_init__(self) -> None:
        """Let nobody whose words are told here write on the terminal, or a line of their own."""
        object.__setattr__(self, "text", in_line(self.text, LONGEST))


def unseen(samples: Sequence[Sample], *keys: str) -> str:
    """Return why something may not be judged: it was not sampled, or too seldom; empty if it may.

    The first key is the value, the others are where else `Sample.unknown` may say why it is missing.
    """
    key = keys[0]
    missing = [sample for sample in samples if getattr(sample, key) is None]
    if not samples:
        return "the target was never sampled"
    if len(missing) <= max(UNSEEN * len(samples), FEW) and len(missing) < len(samples):
        return ""
    reason = next((s.unknown[k] for s in missing for k in keys if s.unknown.get(k)), "nobody looked")
    if len(missing) == len(samples):
        return reason
    return f"missing in {len(missing)} of {counted(len(samples), 'sample')}: {reason}"
