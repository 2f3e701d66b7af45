"""People as they are named in records: `Ann`, `Ann Smith <ann@example.org>`, `ann@example.org`."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Self

_WITH_MAIL = re.compile(r"(?P<name>[^<>]*)<(?P<mail>[^<>\s]+@[^<>\s]+)>")
_MAIL = re.compile(r"[^<>\s@]+@[^<>\s@]+")


@dataclass(frozen=True)
class Named:
    """What a person can be told by: the words of the name (else of the address), and the address."""

    words: frozenset[str]
    mail: str | None

    @classmethod
    def of(cls, text: str) -> Self:
        """Return what a text names; no words if it names nobody."""
        plain = unicodedata.normalize("NFKC", text).casefold().strip()
        match = _WITH_MAIL.fullmatch(plain)
        mail = match["mail"] if match else plain if _MAIL.fullmatch(plain) else None
        name = match["name"] if match and match["name"].strip() else (mail or plain).partition("@")[0]
        return cls(frozenset(re.findall(r"\w+", name.partition("+")[0].replace("_", " "))), mail)

    def may_be(self, other: Self) -> bool:
        """Return whether both may be one person: same address, or all words of one are words of the other.

        A short name that fits two people is taken for one: full names or addresses tell them apart.
        """
        if self.mail and self.mail == other.mail:
            return True
        return self.words <= other.words or other.words <= self.words
