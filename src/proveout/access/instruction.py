"""The instructions of a Dockerfile: what is left when comments, continuations and here-documents are read."""

import re
from dataclasses import dataclass

from proveout.access.answer import Wrong
from proveout.access.word import split
from proveout.model.mistake import near
from proveout.model.wording import plain

_CONTAINER = {"CMD", "ENTRYPOINT", "EXPOSE", "HEALTHCHECK", "LABEL", "SHELL", "STOPSIGNAL", "USER", "VOLUME"}
_BUILD = {"ADD", "ARG", "COPY", "ENV", "FROM", "MAINTAINER", "ONBUILD", "RUN", "WORKDIR"}
KEYWORDS = frozenset(_CONTAINER | _BUILD)
_DIRECTIVE = re.compile(r"#\s*([A-Za-z]+)\s*=\s*(.*?)\s*$")
_HERE = re.compile(r"\d*<<(-?)(\"?'?)([^<'\"\s]+)\2$")


@dataclass(frozen=True)
class Instruction:
    """One instruction: its keyword in capitals, and the rest with its continuation lines joined."""

    file: str
    line: int
    keyword: str
    text: str
    escape: str

    def wrong(self, why: str) -> Wrong:
        """Return a sentence about this instruction, ready to be raised."""
        return Wrong(f"{self.file}, line {self.line}: {why}")

    def words(self) -> list[str]:
        """Return the words after the keyword, as they are written.

        Raises:
            Wrong: a quote is not closed.
        """
        try:
            return split(self.text, self.escape)
        except Wrong as error:
            raise self.wrong(str(error)) from None

    def flags(self) -> dict[str, list[str]]:
        """Return the values of the options before the first other word: {"from": ["build"]}."""
        found: dict[str, list[str]] = {}
        for word in self.text.split():
            if not word.startswith("--"):
                break
            key, _, value = word[2:].partition("=")
            found.setdefault(key, []).append(value)
        return found


def read(text: str, file: str) -> list[Instruction]:
    """Return the instructions of a Dockerfile in order; `file` is its name in sentences.

    Raises:
        Wrong: it is not a Dockerfile; the sentence names the line.
    """
    lines = [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")]
    escape = _escape(lines, file)
    # One escape character at the end joins lines; two are one that is meant.
    joins = re.compile(rf"(?<!{re.escape(escape)}){re.escape(escape)}[ \t]*$")
    found: list[Instruction] = []
    at = 0
    while at < len(lines):
        begin, joined, more = at, "", True
        while more and at < len(lines):
            line = lines[at]
            at += 1
            if re.match(r"\s*#", line) or (joined and not line.strip()):
                continue
            more = joins.search(line) is not None
            if not joined:
                begin = at
            joined += joins.sub("", line)
        if joined.strip():
            instruction = _instruction(joined.strip(), file, begin, escape)
            found.append(instruction)
            at = _after_here_documents(instruction, lines, at)
    return found


def _escape(lines: list[str], file: str) -> str:
    for number, line in enumerate(lines, start=1):
        directive = _DIRECTIVE.match(line.strip())
        if directive is None:
            break
        if directive[1].lower() == "escape":
            if directive[2] not in {"\\", "`"}:
                raise Wrong(f"{file}, line {number}: escape is {directive[2]!r}; it can be \\ or `")
            return directive[2]
    return "\\"


def _instruction(text: str, file: str, line: int, escape: str) -> Instruction:
    keyword, *rest = text.split(maxsplit=1)
    instruction = Instruction(file, line, keyword.upper(), rest[0] if rest else "", escape)
    if instruction.keyword not in KEYWORDS:
        hint = near(instruction.keyword, KEYWORDS)
        raise instruction.wrong(f"{plain(keyword, 30)} is no instruction{hint}")
    if not instruction.text:
        raise instruction.wrong(f"{instruction.keyword} says nothing")
    return instruction


def _after_here_documents(instruction: Instruction, lines: list[str], at: int) -> int:
    """Return the place after the here-documents that the instruction announces."""
    if "<<" not in instruction.text or instruction.keyword not in {"RUN", "COPY", "ADD", "ONBUILD"}:
        return at
    try:
        words = split(instruction.text, instruction.escape)
    except Wrong:
        return at  # the shell's business: the builder sees no here-document in such a line either
    for here in filter(None, map(_HERE.match, words)):
        while at < len(lines) and (lines[at].lstrip("\t") if here[1] else lines[at]) != here[3]:
            at += 1
        if at == len(lines):
            raise instruction.wrong(f"the here-document {here[3]} does not end")
        at += 1
    return at
