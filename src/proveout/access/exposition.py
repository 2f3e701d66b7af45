"""The text format of Prometheus, read as strictly as its specification is clear.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL_NAME = "[a-zA-Z_][a-zA-Z0-9_]*"
QUOTED = r'"(?:[^"\\\n]|\\[\\"n])*"'
NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|(?i:[+-]?inf(?:inity)?|nan)"
SAMPLE = re.compile(
    rf"(?P<name>{NAME})?[ \t]*(?:\{{(?P<labels>(?:[^\"}}]|{QUOTED})*)\}})?[ \t]*"
    rf"(?P<value>(?<=[ \t}}])(?:{NUMBER}))(?:[ \t]+-?[0-9]+)?"
)
# A label, or (since version 1.0.0) the quoted name of the metric in the first place.
LABEL = re.compile(rf"[ \t]*(?P<key>{LABEL_NAME}|{QUOTED})[ \t]*(?:=[ \t]*(?P<value>{QUOTED})[ \t]*)?(?:,|$)")
ABOUT = re.compile(rf"#[ \t]+(?P<what>HELP|TYPE)[ \t]+(?P<name>{NAME}|{QUOTED})(?:[ \t]+(?P<text>.*))?")
TYPES = ("counter", "gauge", "histogram", "summary", "untyped")
PARTS = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("", "_sum", "_count")}


@dataclass(frozen=True)
class Sample:
    """One sample: the name as written, its labels, and the value."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass
class Reader:
    """Reads a page line by line; what it may not say is a ValueError."""

    samples: list[Sample] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)
    _told: set[tuple[str, str]] = field(default_factory=set)
    _series: set[tuple[str, frozenset[tuple[str, str]]]] = field(default_factory=set)
    _families: list[str] = field(default_factory=list)

    def read(self, text: str) -> None:
        """Read a whole page.

        Raises:
            ValueError: it is not in the format.
        """
        if text and not text.endswith("\n"):
            raise ValueError("the last line does not end with a line feed")
        for number, line in enumerate(text.split("\n"), 1):
            try:
                self._line(line.strip(" \t"))
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None

    def _line(self, line: str) -> None:
        if line.startswith("#"):
            if re.match(r"#[ \t]+(HELP|TYPE)([ \t]|$)", line):  # all else is a comment
                self._about(line)
        elif line:
            self._sample(line)

    def _about(self, line: str) -> None:
        found = ABOUT.fullmatch(line)
        if found is None:
            raise ValueError("neither a name nor a text follows")
        what, name = found["what"], _bare(found["name"])
        if (what, name) in self._told:
            raise ValueError(f"a second {what} of {name}")
        self._told.add((what, name))
        if what == "TYPE":
            if name in self._families:
                raise ValueError(f"the TYPE of {name} comes after its first sample")
            if found["text"] not in TYPES:
                raise ValueError(f"the TYPE of {name} is none")
            self.types[name] = found["text"]

    def _sample(self, line: str) -> None:
        found = SAMPLE.fullmatch(line)
        if found is None:
            raise ValueError("no sample")
        name, labels = _labels(found["name"], found["labels"] or "")
        family = self._family(name)
        if self._families[-1:] != [family]:
            if family in self._families:
                raise ValueError(f"the samples of {family} do not stand together")
            self._families.append(family)
        series = (name, frozenset(labels.items()))
        if series in self._series:
            raise ValueError(f"a second sample of {name} with the same labels")
        self._series.add(series)
        self.samples.append(Sample(name, labels, float(found["value"])))

    def _family(self, name: str) -> str:
        for part in ("_bucket", "_sum", "_count"):
            family = name.removesuffix(part)
            if family != name and part in PARTS.get(self.types.get(family, ""), ()):
                return family
        return name


def _labels(name: str | None, text: str) -> tuple[str, dict[str, str]]:
    labels: dict[str, str] = {}
    place = 0
    while text[place:].strip(" \t"):
        found = LABEL.match(text, place)
        if found is None:
            raise ValueError("no label")
        key, value = found["key"], found["value"]
        if value is None:
            if name is not None or place or not key.startswith('"'):
                raise ValueError("a label without a value")
            name = _bare(key)
        elif _bare(key) in labels:
            raise ValueError(f"the label {_bare(key)} twice")
        else:
            labels[_bare(key)] = _bare(value)
        place = found.end()
    if not name:
        raise ValueError("a sample without a name")
    return name, labels


def _bare(word: str) -> str:
    """Return a word without its quotes and escapes, if it has any."""
    if not word.startswith('"'):
        return word
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], word[1:-1])
