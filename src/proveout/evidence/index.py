"""The index of a store: one line per entry, and the head that says how long it is and what it hashes to."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

from proveout.evidence.document import parsed
from proveout.evidence.malformed import Malformed

Kind = Literal[
    "run", "decision", "approval", "end-of-approval", "waiver", "end-of-waiver", "promotion", "event"
]

_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
_LINE = re.compile(
    rf'^\{{"number":([1-9][0-9]{{0,11}}),"sha256":"([0-9a-f]{{64}})",'
    rf'"kind":"(?:{"|".join(get_args(Kind))})","stored":"({_TIME})","facts":\{{.*\}}\}}$'.encode(),
    re.MULTILINE | re.ASCII,
)
_HEAD = re.compile(
    rb'\{"entries":([1-9][0-9]{0,11}),"bytes":([1-9][0-9]{0,11}),"sha256":"([0-9a-f]{64})"\}\n', re.ASCII
)


@dataclass(frozen=True)
class Entry:
    """One thing in the store: its number, what it is, what its bytes hash to, and facts to choose it by."""

    number: int
    kind: Kind
    sha256: str
    stored: str
    facts: dict[str, Any]

    @property
    def id(self) -> str:
        """Return the name a person calls the entry by."""
        return identifier(self.number, self.sha256)

    @property
    def name(self) -> str:
        """Return the name of the file that holds the body."""
        return f"{self.id}.json"

    def line(self) -> bytes:
        """Return the line of the index; its first fields stand at known places, so most need no parsing."""
        fields = {
            "number": self.number,
            "sha256": self.sha256,
            "kind": self.kind,
            "stored": self.stored,
            "facts": self.facts,
        }
        return json.dumps(fields, separators=(",", ":"), allow_nan=False).encode() + b"\n"


@dataclass(frozen=True)
class Head:
    """What the whole index must be: the number of its entries, its length and its digest."""

    entries: int
    length: int
    sha256: str

    def written(self) -> bytes:
        """Return the only form in which a head is accepted."""
        return f'{{"entries":{self.entries},"bytes":{self.length},"sha256":"{self.sha256}"}}\n'.encode()


@dataclass(frozen=True)
class Row:
    """What the checks of a whole store need of a line."""

    number: int
    sha256: str
    stored: str
    end: int

    @property
    def name(self) -> str:
        """Return the name of the file that holds the body."""
        return f"{identifier(self.number, self.sha256)}.json"


def identifier(number: int, sha256: str) -> str:
    """Return the id of an entry: its number, so that names sort, and enough of its digest."""
    return f"{number:06d}-{sha256[:12]}"


def head_of(index: bytes) -> Head:
    """Return the head that belongs to an index."""
    return Head(index.count(b"\n"), len(index), hashlib.sha256(index).hexdigest())


def digests(index: bytes, beginning: int) -> tuple[str, str]:
    """Return the digest of the beginning of an index, and that of the whole, in one pass."""
    view = memoryview(index)
    digest = hashlib.sha256(view[:beginning])
    first = digest.hexdigest()
    digest.update(view[beginning:])
    return first, digest.hexdigest()


def read_head(content: bytes) -> Head:
    """Return a head.

    Raises:
        Malformed: the bytes are no head.
    """
    if (match := _HEAD.fullmatch(content)) is None:
        raise Malformed("it is not a line with the number of entries, the length and the digest of the index")
    return Head(int(match[1]), int(match[2]), match[3].decode())


def rows(index: bytes, begin: int = 0) -> list[Row]:
    """Return every line from a place on that is an entry, in the order of the index."""
    return [
        Row(int(match[1]), match[2].decode(), match[3].decode(), match.end() + 1)
        for match in _LINE.finditer(index, begin)
    ]


def read_line(line: bytes) -> Entry:
    """Return the entry of a line.

    Raises:
        Malformed: the line is not one that `Entry.line` writes.
    """
    if _LINE.fullmatch(line) is None:
        raise Malformed("a line of the index is not an entry")
    fields = parsed(line)
    entry = Entry(**fields) if set(fields) == {"number", "sha256", "kind", "stored", "facts"} else None
    if entry is None or not isinstance(entry.facts, dict):
        raise Malformed("a line of the index is not an entry")
    return entry


def newest_first(index: bytes, kind: Kind | None = None) -> Iterator[bytes]:
    """Yield the whole lines from the last to the first, without splitting what nobody asks for.

    With a kind only lines that may be of it: all that are, and those whose facts speak of it.
    """
    mark = b"" if kind is None else f'","kind":"{kind}","stored":"'.encode()
    end = index.rfind(b"\n")
    while end >= 0:
        if mark:
            found = index.rfind(mark, 0, end)
            if found < 0:
                return
            end = index.find(b"\n", found)
        begin = index.rfind(b"\n", 0, end) + 1
        yield index[begin:end]
        end = begin - 1


def times(index: bytes, sha256: str) -> int:
    """Return how many entries have the digest."""
    return index.count(f'"sha256":"{sha256}","kind":'.encode())


def line_with_digest(index: bytes, sha256: str) -> bytes | None:
    """Return the newest line whose body has the digest."""
    match = None
    pattern = re.compile(
        rb'^\{"number":[0-9]+,"sha256":"' + re.escape(sha256.encode()) + rb'".*$', re.MULTILINE
    )
    for match in pattern.finditer(index):  # noqa: B007 - the last one is wanted
        pass
    return match[0] if match else None
