"""What a store holds at one moment, and whatever makes it not intact."""

import hashlib
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from proveout.evidence import folder as files
from proveout.evidence import index as lines
from proveout.evidence import lock, seen
from proveout.evidence.damaged import Damaged
from proveout.evidence.index import Entry, Head
from proveout.evidence.malformed import Malformed
from proveout.model.mistake import UserError, shown

INDEX, HEAD = "index.jsonl", "head.json"
OWN = frozenset({INDEX, HEAD, lock.NAME, seen.NAME})
MEND = "next: proveout evidence mend"
ANEW = (
    "next: bring the folder back from a copy, or begin a new store: move the folder away and verify anew; "
    "proveout evidence add takes over what proveout verify finds whole"
)
NAMED = 5  # troubles of one sort that are named one by one; the rest is counted


@dataclass(frozen=True)
class Snapshot:
    """The entries of a store as they were when it was looked at; entries never change afterwards."""

    folder: Path
    head: int
    troubles: tuple[str, ...]
    _index: bytes = field(repr=False)

    def newest_first(self) -> Iterator[Entry]:
        """Yield the entries from the newest on; each is parsed when it is asked for.

        Raises:
            Damaged: a line is no entry, though the head vouches for it.
        """
        for line in lines.newest_first(self._index):
            yield self._entry(line)

    def with_digest(self, sha256: str) -> Entry | None:
        """Return the newest entry whose body has the digest, None if none has."""
        line = lines.line_with_digest(self._index, sha256)
        return None if line is None else self._entry(line)

    def body(self, entry: Entry) -> bytes:
        """Return the bytes of an entry, read and hashed now.

        Raises:
            Damaged: they are not there, or not those that were stored.
        """
        try:
            content = files.read(self.folder, entry.name)
        except Malformed as error:
            raise Damaged(f"{shown(self.folder / entry.name)}: {error}\n{ANEW}") from None
        if content is None:
            raise Damaged(f"{shown(self.folder / entry.name)} is missing\n{ANEW}")
        if hashlib.sha256(content).hexdigest() != entry.sha256:
            raise Damaged(f"{shown(self.folder / entry.name)} is not what was stored\n{ANEW}")
        return content

    def _entry(self, line: bytes) -> Entry:
        try:
            return lines.read_line(line)
        except Malformed as error:
            raise Damaged(f"{shown(self.folder / INDEX)}: {error}\n{ANEW}") from None


def take(folder: Path) -> Snapshot:
    """Look at a whole store once.

    Raises:
        UserError: the folder cannot be looked at.
    """
    try:
        if not folder.exists():
            return Snapshot(folder, 0, (), b"")
        with lock.shared(folder):
            return _taken(folder)
    except OSError as error:
        raise UserError(
            f"{shown(folder)}: the stored evidence cannot be read ({error.strerror})\n"
            "next: make the folder readable, or set proveout_evidence in the pytest configuration"
        ) from None


def _taken(folder: Path) -> Snapshot:
    now = time.time_ns()
    with _Listing(folder) as listing:
        if not listing.names - {lock.NAME, seen.NAME} and not listing.odd:
            return Snapshot(folder, 0, (), b"")
        index, troubles = vouched(folder)
        rows = lines.rows(index)
        count = index.count(b"\n")
        troubles += _order(rows, count)
        troubles += _bodies(folder, listing, rows, now)
        # Lines that are no entries are not offered as such; that they are there is a trouble already.
        return Snapshot(folder, count, tuple(troubles), index)


class _Listing:
    """The names in a folder, listed once; the state of each is asked for where it is needed."""

    def __init__(self, folder: Path) -> None:
        self.descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self.names: set[str] = set()
        self.odd: list[str] = []

    def __enter__(self) -> Self:
        with os.scandir(self.descriptor) as entries:
            self.names.update(entry.name for entry in entries)
        for name in self.names & OWN:
            if not stat.S_ISREG(self.state(name).st_mode):
                self.odd.append(name)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)

    def state(self, name: str) -> os.stat_result:
        return os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)


def vouched(folder: Path) -> tuple[bytes, list[str]]:
    """Return the part of the index that the head vouches for, and what is wrong with either."""
    try:
        content = files.read(folder, HEAD, limit=4096)
        head = lines.read_head(content) if content is not None else None
    except Malformed as error:
        return b"", [f"{HEAD} is damaged: {error}; {ANEW}"]
    try:
        index = files.read(folder, INDEX)
    except Malformed as error:
        return b"", [f"{INDEX} is damaged: {error}; {ANEW}"]
    if head is None:
        return b"", [] if index is None else [_without_head(index)]
    if index is None:
        return b"", [f"{INDEX} is missing, though {HEAD} tells of {head.entries} entries; {ANEW}"]
    return _agreed(head, index)


def _without_head(index: bytes) -> str:
    # The first entry is the only one whose writer can be killed before there is a head.
    torn = index.count(b"\n") <= 1
    return (
        f"{HEAD} is missing: the writer of the first entry was killed; {MEND}"
        if torn
        else f"{HEAD} is missing, so nobody vouches for {INDEX}; {ANEW}"
    )


def _agreed(head: Head, index: bytes) -> tuple[bytes, list[str]]:
    whole = index[: head.length]
    if lines.head_of(whole) != head:
        return b"", [f"{INDEX} is not what {HEAD} says of it: it was changed, cut or swapped; {ANEW}"]
    if len(index) > head.length:
        return whole, [f"{INDEX} goes on after what {HEAD} vouches for: a writer was killed; {MEND}"]
    return whole, []


def _order(rows: list[tuple[bytes, bytes, bytes]], count: int) -> list[str]:
    if len(rows) != count:
        return [f"{INDEX}: {count - len(rows)} of {count} lines are no entries; {ANEW}"]
    if [int(number) for number, _, _ in rows] != list(range(1, count + 1)):
        return [f"{INDEX}: its entries are not numbered 1 to {count}; {ANEW}"]
    times = [stored for _, _, stored in rows]
    if times != sorted(times):
        return [f"{INDEX}: an entry is older than the one before it; {ANEW}"]
    return []


def _bodies(folder: Path, listing: _Listing, rows: list[tuple[bytes, bytes, bytes]], now: int) -> list[str]:
    known = seen.Seen(folder)
    strays = listing.names - OWN
    missing, changed = [], []
    for number, digest, _ in rows:
        sha256 = digest.decode()
        name = f"{lines.identifier(int(number), sha256)}.json"
        if name not in strays:
            missing.append(name)
            continue
        strays.remove(name)
        state = listing.state(name)
        line = seen.line(name, sha256, state)
        if not known.has(line):
            if (complaint := _complaint(folder, name, sha256)) is not None:
                changed.append(f"{name}: {complaint}")
            else:
                known.note(line, state.st_ctime_ns, now)
    if not (missing or changed or strays or listing.odd):
        known.keep()
    return [
        *_named([f"{name} is missing" for name in missing], ANEW),
        *_named(changed, ANEW),
        *_named([f"{name!a} is not a file" for name in sorted(listing.odd)], ANEW),
        *_named([f"{name!a} is no entry of the index" for name in sorted(strays)], MEND),
    ]


def _complaint(folder: Path, name: str, sha256: str) -> str | None:
    try:
        content = files.read(folder, name)
    except Malformed as error:
        return str(error)
    same = content is not None and hashlib.sha256(content).hexdigest() == sha256
    return None if same else "it is not what was stored"


def _named(troubles: list[str], after: str) -> list[str]:
    named = [f"{trouble}; {after}" for trouble in troubles[:NAMED]]
    rest = len(troubles) - NAMED
    return [*named, f"and {rest} more of this sort; {after}"] if rest > 0 else named
