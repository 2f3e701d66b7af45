"""Variables: reading environment variables one after another, remembering what is wrong with them."""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_SIZES = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}
_LONGEST_PATH = 1000


class Variables:
    """The variables; `problems` has one sentence for each that is wrong. An empty value means unset."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        """The text, or the default."""
        return self._variables.get(name, "").strip() or default

    def word(self, name: str, default: str = "") -> str:
        """A visible text without blanks that fits into a name."""
        value = self.text(name, default)
        if not re.fullmatch(r"[!-~]{1,100}", value):
            self.wrong(name, "a text of up to 100 visible characters without blanks")
        return value

    def choice(self, name: str, allowed: tuple[str, ...], default: str = "") -> str:
        """One of the allowed words, in any case."""
        value = self.text(name, default).lower()
        if value not in allowed:
            self.wrong(name, f"one of {', '.join(allowed)}")
        return value

    def choices(self, name: str, allowed: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
        """Some of the allowed words, separated by commas."""
        value = self.text(name)
        if not value:
            return default
        words = tuple(dict.fromkeys(word.strip().lower() for word in value.split(",")))
        if any(word not in allowed for word in words):
            self.wrong(name, f"some of {', '.join(allowed)}, separated by commas")
            return default
        return words

    def integer(self, name: str, lowest: int, highest: int, default: int | None = None) -> int:
        """A whole number within bounds."""
        value = self.text(name)
        if not value and default is not None:
            return default
        if re.fullmatch(r"[0-9]{1,9}", value) and lowest <= int(value) <= highest:
            return int(value)
        self.wrong(name, f"a whole number from {lowest} to {highest}")
        return lowest

    def number(self, name: str, highest: float, default: float) -> float:
        """A decimal number above zero."""
        value = self.text(name)
        if not value:
            return default
        if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", value) and 0 < float(value) <= highest:
            return float(value)
        self.wrong(name, f"a number above 0, at most {highest:g}")
        return default

    def size(self, name: str, lowest: int, default: int) -> int:
        """A number of bytes, such as 10M; K, M and G are powers of 1024."""
        value = self.text(name).upper().removesuffix("B")
        found = re.fullmatch(r"([0-9]{1,9})([KMG]?)", value)
        if not self.text(name):
            return default
        size = int(found[1]) * _SIZES[found[2]] if found else 0
        if size < lowest:
            self.wrong(name, f"a size such as 10M, at least {lowest} bytes")
        return size

    def flag(self, name: str, *, default: bool = False) -> bool:
        """True or false."""
        value = self.text(name, "true" if default else "false").lower()
        if value not in _FLAGS:
            self.wrong(name, "true or false")
        return _FLAGS.get(value, default)

    def url(self, name: str) -> str:
        """An http or https URL; empty when unset."""
        value = self.text(name)
        if value and not _is_url(value):
            self.wrong(name, "an http or https URL without a password")
        return value

    def path(self, name: str) -> Path:
        """A path; a relative one starts at the working directory."""
        value = self.text(name)
        if not value or not value.isprintable() or len(value) > _LONGEST_PATH:
            self.wrong(name, "a path")
            return Path.cwd() / "unset"
        return Path.cwd() / value

    def wrong(self, name: str, wanted: str) -> None:
        """Remembers what the variable should be."""
        value = self.text(name)
        found = f"is {value!r}" if value else "is not set"
        if "@" in value:
            found = "is not right"  # it may hold a password
        self.problems.append(f"{name} {found}: it must be {wanted}")


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises for a port that is none
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
