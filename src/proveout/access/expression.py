"""The expressions of a workflow: what stands between ${{ and }}, read the way GitHub reads it."""

import re
from dataclasses import dataclass, field

from proveout.access.answer import Wrong
from proveout.model.mistake import near
from proveout.model.wording import plain, plural

_OF_RUN = {"github", "inputs", "job", "jobs", "matrix", "needs", "runner", "steps", "strategy"}
CONTEXTS = frozenset(_OF_RUN | {"env", "secrets", "vars"})
ANY = 1000
# How many values each function takes.
FUNCTIONS = {
    "contains": (2, 2),
    "startswith": (2, 2),
    "endswith": (2, 2),
    "format": (1, ANY),
    "join": (1, 2),
    "tojson": (1, 1),
    "fromjson": (1, 1),
    "hashfiles": (1, ANY),
    "case": (3, ANY),
    "success": (0, ANY),
    "failure": (0, ANY),
    "always": (0, 0),
    "cancelled": (0, 0),
}
_LITERALS = frozenset({"true", "false", "null", "nan", "infinity"})
_DEEPEST = 50
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')"
    r"|(?P<number>[+-]?(?:0x[0-9a-fA-F]+|0o[0-7]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.]))"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_-]*)"
    r"|(?P<end>\}\})"
    r"|(?P<sign>&&|\|\||[=!<>]=|[<>!()\[\].,*])"
    r"|(?P<nothing>\Z))"
)
_BINARY = ({"||"}, {"&&"}, {"==", "!="}, {"<", "<=", ">", ">="})  # from what binds least


@dataclass
class Expression:
    """One expression: the contexts it looks at."""

    text: str = ""
    contexts: set[str] = field(default_factory=set)


def in_text(text: str) -> list[Expression]:
    """Return the expressions that stand in a text between ${{ and }}.

    Raises:
        Wrong: one is not closed, or is no expression.
    """
    found: list[Expression] = []
    at = text.find("${{")
    while at >= 0:
        reader = _Reader(text, at + 3, closed=True)
        found.append(reader.whole())
        at = text.find("${{", reader.at)
    return found


def in_condition(text: str) -> list[Expression]:
    """Return the expressions of an `if`, which is one as a whole where it contains no ${{.

    Raises:
        Wrong: it is no expression.
    """
    return in_text(text) if "${{" in text else [_Reader(text, 0, closed=False).whole()]


class _Reader:
    """Reads one expression from a place in a text, by recursive descent."""

    def __init__(self, text: str, at: int, *, closed: bool) -> None:
        self._text = text
        self._begin = at
        self._closed = closed
        self._depth = 0
        self.at = at
        self._expression = Expression()
        self._advance()

    def whole(self) -> Expression:
        """Return the expression; what follows it is the end."""
        if self._kind in {"end", "nothing"}:
            raise self._wrong("an expression is missing")
        self._binary(0)
        if self._kind != ("end" if self._closed else "nothing"):
            raise self._wrong(f"{self._shown} is not expected here")
        self._expression.text = self._text[self._begin : self.at].removesuffix("}}").strip()
        return self._expression

    def _advance(self) -> None:
        token = _TOKEN.match(self._text, self.at)
        if token is None:
            rest = self._text[self.at :].lstrip()
            if rest.startswith('"'):
                raise self._wrong("texts stand in single quotes")
            if rest.startswith("'"):
                raise self._wrong("a text (') is not closed")
            raise self._wrong(f"{plain(rest, 10)} is no part of an expression")
        self._kind = str(token.lastgroup)
        self._token = token[self._kind]
        self.at = token.end()
        if self._kind == "nothing" and self._closed:
            raise self._wrong("}} is missing")

    @property
    def _shown(self) -> str:
        return "the end" if self._kind == "nothing" else plain(self._token, 40)

    def _wrong(self, why: str) -> Wrong:
        return Wrong(f"{why}: {plain(self._text[self._begin :].strip(), 60)}")

    def _is(self, *signs: str) -> bool:
        return self._kind == "sign" and self._token in signs

    def _expect(self, sign: str) -> None:
        if not self._is(sign):
            raise self._wrong(f"{self._shown} stands where {sign} is expected")
        self._advance()

    def _binary(self, level: int) -> None:
        if level == len(_BINARY):
            self._single()
            return
        self._binary(level + 1)
        while self._is(*_BINARY[level]):
            self._advance()
            self._binary(level + 1)

    def _single(self) -> None:
        while self._is("!"):
            self._advance()
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._wrong("nested too deeply")
        self._value()
        self._depth -= 1
        while self._is(".", "["):
            self._part()

    def _value(self) -> None:
        if self._is("("):
            self._advance()
            self._binary(0)
            self._expect(")")
        elif self._kind in {"text", "number"}:
            self._advance()
        elif self._kind == "name":
            name = self._token
            self._advance()
            if self._is("("):
                self._call(name)
            elif name.lower() in CONTEXTS:
                self._expression.contexts.add(name.lower())
            elif name.lower() not in _LITERALS:
                raise self._wrong(f"there is no context {name}{near(name.lower(), CONTEXTS)}")
        else:
            raise self._wrong(f"{self._shown} stands where a value is expected")

    def _call(self, name: str) -> None:
        if name.lower() not in FUNCTIONS:
            raise self._wrong(f"there is no function {name}{near(name.lower(), FUNCTIONS)}")
        self._advance()
        count = 0
        while not self._is(")"):
            if count:
                self._expect(",")
            self._binary(0)
            count += 1
        self._advance()
        least, most = FUNCTIONS[name.lower()]
        if not least <= count <= most:
            raise self._wrong(f"{name} does not take {count} {plural(count, 'value')}")

    def _part(self) -> None:
        if self._is("."):
            self._advance()
            if self._kind != "name" and not self._is("*"):
                raise self._wrong(f"{self._shown} stands where a name is expected")
            self._advance()
            return
        self._advance()
        if self._is("*"):
            self._advance()
        else:
            self._binary(0)
        self._expect("]")
