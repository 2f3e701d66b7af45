"""A user's mistake: what is wrong, where, why, and what to do next; never a traceback."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from proveout.model.wording import plural


@dataclass(frozen=True)
class Mistake:
    """One mistake in one file (or option): the place, what stands there, and what would be accepted."""

    where: str
    key: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.where}: {self.key}" if self.key else self.where
        return f"{place}\n  {self.reason}"


class UserError(Exception):
    """The run cannot start because of something the user can mend; the text says what and how."""


class DefinitionError(UserError):
    """Definitions do not hold together; carries every mistake found, not only the first."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = mistakes
        count = f"{len(mistakes)} {plural(len(mistakes), 'mistake')}"
        body = "\n".join(str(mistake) for mistake in mistakes)
        super().__init__(f"{count} in the definitions\n{body}\nnext: mend the file, then: proveout env list")


def near(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean ...?" for a word that resembles known ones, else an empty text."""
    matches = difflib.get_close_matches(word, list(known), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(matches)}?" if matches else ""


def shown(path: Path) -> str:
    """Return a path as a person would type it: relative to the current directory where it lies below."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
