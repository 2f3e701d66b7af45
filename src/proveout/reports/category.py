"""The kinds of trouble a report sorts by; every message of a result begins with the name of its kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from proveout.reports.entry import Status


@dataclass(frozen=True)
class Category:
    """One kind of trouble: the words its messages begin with, and the heading people read."""

    begins: str
    heading: str
    statuses: Sequence[Status]

    def message(self, text: str) -> str:
        """Return a message of this kind."""
        return f"{self.begins}: {text}"

    def as_json(self) -> dict[str, Any]:
        """Return the category as both Allure 2 and Allure 3 read it."""
        return {
            "name": self.heading,
            # Allure 2 wants the expression to match the whole message, Allure 3 any part of it.
            "messageRegex": f"^{self.begins}: [\\s\\S]*$",
            "matchedStatuses": list(self.statuses),
        }


BROKEN = Category("claim broken", "Claim broken: the environment is not what its document says", ["failed"])
TARGET = Category(
    "target", "Target: it does not answer, does not start, or is another version", ["failed", "broken"]
)
REFUSED = Category("refused", "Refused: another environment, or a check that wanted too much", ["broken"])
DEFECT = Category("defect of the suite", "Defect of the suite: a check could not be carried out", ["broken"])
UNPROVEN = Category("not proven", "Not proven: nothing is known, neither good nor bad", ["broken", "skipped"])
CATEGORIES = (BROKEN, TARGET, REFUSED, DEFECT, UNPROVEN)
