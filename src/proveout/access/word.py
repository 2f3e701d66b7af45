"""The words of a Dockerfile: how its builder splits a line, takes quotes away and puts variables in."""

import re
from collections.abc import Mapping

from proveout.access.answer import Wrong

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?!-]")
_CHOICE = re.compile(r":?[-+?]")
DEEPEST = 20  # variables inside the defaults of variables
LONGEST = 100_000  # characters that variables may put into a word; forty that double fill any memory


def split(text: str, escape: str) -> list[str]:
    """Return the words of a line as they are written: blanks inside quotes do not separate.

    Raises:
        Wrong: a quote is not closed.
    """
    words: list[str] = []
    word, quote, at = "", "", 0
    while at < len(text):
        char = text[at]
        if char == escape and quote != "'" and at + 1 < len(text):
            word += text[at : at + 2]
            at += 2
            continue
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        if not quote and char.isspace():
            words += [word] if word else []
            word = ""
        else:
            word += char
        at += 1
    if quote:
        raise Wrong(f"a quote ({quote}) is not closed")
    return words + ([word] if word else [])


def expand(word: str, variables: Mapping[str, str], escape: str) -> str:
    """Return what the builder makes of a word; a variable that is not set is nothing.

    Raises:
        Wrong: a quote or a brace is not closed.
    """
    return _Word(word, variables, escape).until("")


class _Word:
    """One word and the place that is read."""

    def __init__(self, text: str, variables: Mapping[str, str], escape: str) -> None:
        self._text = text
        self._variables = variables
        self._escape = escape
        self._at = 0
        self._depth = 0
        self._length = 0

    def until(self, end: str) -> str:
        """Return the text up to the character `end` outside of quotes, which is read as well."""
        value = ""
        while self._at < len(self._text):
            char = self._take()
            if char == end:
                return value
            if char == "'":
                value += self._single()
            elif char == '"':
                value += self._double()
            elif char == "$":
                value += self._variable()
            elif char == self._escape and self._at < len(self._text):
                value += self._take()
            else:
                value += char
        if end:
            raise Wrong(f"{end} is missing in {self._text}")
        return value

    def _take(self) -> str:
        self._at += 1
        return self._text[self._at - 1]

    def _single(self) -> str:
        end = self._text.find("'", self._at)
        if end < 0:
            raise Wrong("a quote (') is not closed")
        value = self._text[self._at : end]
        self._at = end + 1
        return value

    def _double(self) -> str:
        value = ""
        while self._at < len(self._text):
            char = self._take()
            if char == '"':
                return value
            if char == "$":
                value += self._variable()
            elif char == self._escape and self._text[self._at : self._at + 1] in {'"', "$", self._escape}:
                value += self._take()
            else:
                value += char
        raise Wrong('a quote (") is not closed')

    def _variable(self) -> str:
        braced = self._text[self._at : self._at + 1] == "{"
        found = _NAME.match(self._text, self._at + braced)
        if found is None:
            if braced:
                raise Wrong(f"${{ is not followed by the name of a variable in {self._text}")
            return "$"
        self._at = found.end()
        value = self._variables.get(found[0])
        self._length += len(value or "")
        if self._length > LONGEST:
            raise Wrong("variables make it longer than any value can be")
        return self._chosen(value, found.start() - 2) if braced else value or ""

    def _chosen(self, value: str | None, start: int) -> str:
        choice = _CHOICE.match(self._text, self._at)
        self._at = choice.end() if choice else self._at
        self._depth += 1
        if self._depth > DEEPEST:
            raise Wrong(f"variables are nested too deeply in {self._text}")
        other = self.until("}")
        self._depth -= 1
        if choice is None:
            # ${NAME#pattern} and its like cut something off: what stays cannot be known from here.
            return self._text[start : self._at] if other else value or ""
        is_set = value is not None and not (choice[0].startswith(":") and value == "")
        if choice[0].endswith("+"):
            return other if is_set else ""
        return value or "" if is_set or choice[0].endswith("?") else other
