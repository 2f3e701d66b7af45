"""What a store holds at one moment, and whatever makes it not intact."""

import hashlib
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path

from proveout.evidence import folder as files
from proveout.evidence import index as lines
from proveout.evidence import lock, seen
from proveout.evidence.damaged import Damaged
from proveout.evidence.index import Entry, Head, Kind, Row
from proveout.evidence.malformed import Malformed
from proveout.evidence.seen import Seen
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

    def newest_first(self, kind: Kind | None = None) -> Iterator[Entry]:
        """Yield the entries, or those of a kind, from the newest on; each is parsed when it is asked for.

        Raises:
            Damaged: a line is no entry, though the head vouches for it.
        """
        for line in lines.newest_first(self._index, kind):
            entry = self._entry(line)
            if kind is None or entry.kind == kind:
                yield entry

    def with_digest(self, sha256: str) -> Entry | None:
        """Return the newest entry whose body has the digest, None if none has."""
        line = lines.line_with_digest(self._index, sha256)
        return None if line is None else self._entry(line)

    def until(self, number: int) -> "Snapshot":
        """Return the store as it was when that entry was its newest; its troubles are those of now."""
        lines_then = self._index.splitlines(keepends=True)[:number]
        return replace(self, head=len(lines_then), _index=b"".join(lines_then))

    def body(self, entry: Entry) -> bytes:
        """Return the bytes of an entry, read and hashed now.

        Raises:
            Damaged: they are not there, or not those that were stored.
        """
        return body_of(self.folder, entry)

    def _entry(self, line: bytes) -> Entry:
        try:
            return lines.read_line(line)
        except Malformed as error:
            raise Damaged(f"{shown(self.folder / INDEX)}: {error}\n{ANEW}") from None


def body_of(folder: Path, entry: Entry) -> bytes:
    """Return the bytes of an entry; see `Snapshot.body`."""
    place = shown(folder / entry.name)
    try:
        content = files.read(folder, entry.name)
    except Malformed as error:
        raise Damaged(f"{place}: {error}\n{ANEW}") from None
    if content is None:
        raise Damaged(f"{place} is missing\n{ANEW}")
    if hashlib.sha256(content).hexdigest() != entry.sha256:
        raise Damaged(f"{place} is not what was stored\n{ANEW}")
    return content


def take(folder: Path) -> Snapshot:
    """Look at a whole store once.

    Raises:
        UserError: the folder cannot be looked at.
    """
    try:
        if not folder.exists():
            return Snapshot(folder, 0, (), b"")
        with lock.shared(folder) as held:
            snapshot = _taken(folder)
        if held or not snapshot.troubles:
            return snapshot
        # The very first writer may have come meanwhile: from then on there is something to hold.
        with lock.shared(folder):
            return _taken(folder)
    except OSError as error:
        raise UserError(
            f"{shown(folder)}: the stored evidence cannot be read ({error.strerror})\n"
            "next: make the folder readable, or set proveout_evidence in the pytest configuration"
        ) from None


def _taken(folder: Path) -> Snapshot:
    now = time.time_ns()
    states = _listed(folder)
    if len(states) <= 2 and {seen.name_of(state) for state in states} <= {lock.NAME, seen.NAME}:
        return Snapshot(folder, 0, _named(_odd(folder), ANEW), b"")
    known = seen.load(folder)
    index, digest, troubles = vouched(folder, known.length)
    if troubles or digest != known.sha256 or not known.states <= states:
        known = seen.Seen()
    rows = lines.rows(index, known.length)
    count = known.entries + index.count(b"\n", known.length)
    last_known = index.rfind(b"\n", 0, max(known.length - 1, 0)) + 1
    before = lines.rows(index[last_known : known.length])
    troubles += _order([*before, *rows], count, first=max(known.entries, 1))
    troubles += _twice(rows, known, index)
    troubles += _bodies(folder, rows, states - known.states)
    if not troubles and len(rows) > seen.WORTH:
        _remember(folder, index, _settled(rows, states - known.states, now), known)
    return Snapshot(folder, count, tuple(troubles), index)


def _listed(folder: Path) -> set[str]:
    """Return the state of everything in the folder; one listing, one look at each."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with os.scandir(descriptor) as entries:
            return {seen.state(entry.name, entry.stat(follow_symlinks=False)) for entry in entries}
    finally:
        os.close(descriptor)


def vouched(folder: Path, beginning: int = 0) -> tuple[bytes, str, list[str]]:
    """Return the part of the index that the head vouches for, the digest of its beginning, and troubles."""
    try:
        content = files.read(folder, HEAD, limit=4096)
        head = lines.read_head(content) if content is not None else None
    except Malformed as error:
        return b"", "", [f"{HEAD} is damaged: {error}; {ANEW}"]
    try:
        index = files.read(folder, INDEX)
    except Malformed as error:
        return b"", "", [f"{INDEX} is damaged: {error}; {ANEW}"]
    if head is None:
        # A writer killed between making the index and writing to it leaves an empty one: no entry is in it.
        return b"", "", [_without_head(index)] if index else []
    if index is None:
        return b"", "", [f"{INDEX} is missing, though {HEAD} tells of {head.entries} entries; {ANEW}"]
    return _agreed(head, index, beginning)


def _without_head(index: bytes) -> str:
    # The first entry is the only one whose writer can be killed before there is a head.
    if index.count(b"\n") <= 1:
        return f"{HEAD} is missing: the writer of the first entry was killed; {MEND}"
    return f"{HEAD} is missing, so nobody vouches for {INDEX}; {ANEW}"


def _agreed(head: Head, index: bytes, beginning: int) -> tuple[bytes, str, list[str]]:
    whole = index[: head.length] if len(index) > head.length else index
    first, digest = lines.digests(whole, beginning)
    if len(whole) != head.length or digest != head.sha256:
        return b"", "", [f"{INDEX} is not what {HEAD} says of it: it was changed, cut or swapped; {ANEW}"]
    if whole.count(b"\n") != head.entries or not whole.endswith(b"\n"):
        return b"", "", [f"{HEAD} does not count the entries of {INDEX}; {ANEW}"]
    if len(index) > head.length:
        return whole, first, [f"{INDEX} goes on after what {HEAD} vouches for: a writer was killed; {MEND}"]
    return whole, first, []


def _order(rows: list[Row], count: int, *, first: int) -> list[str]:
    """Return what is wrong with the order of the entries from the first to the last of `count`."""
    wanted = count - first + 1
    if len(rows) != wanted:
        return [f"{INDEX}: {wanted - len(rows)} of {count} lines are no entries; {ANEW}"]
    if [row.number for row in rows] != list(range(first, count + 1)):
        return [f"{INDEX}: its entries are not numbered 1 to {count}; {ANEW}"]
    times = [row.stored for row in rows]
    if times != sorted(times):
        return [f"{INDEX}: an entry is older than the one before it; {ANEW}"]
    return []


def _twice(rows: list[Row], known: Seen, index: bytes) -> tuple[str, ...]:
    """Return which bytes are two entries: what is brought a second time would look newer than it is."""
    there = {state.partition("-")[2][:12] for state in known.states} if rows else set()
    found = []
    for row in rows:
        if row.sha256[:12] in there and lines.times(index, row.sha256) > 1:
            found.append(f"{row.name} has the same bytes as an entry before it")
        there.add(row.sha256[:12])
    return _named(found, ANEW)


def _bodies(folder: Path, rows: list[Row], states: set[str]) -> list[str]:
    strays = {seen.name_of(state) for state in states} - OWN
    missing = [row.name for row in rows if row.name not in strays]
    strays -= {row.name for row in rows}
    changed = [
        f"{row.name}: {complaint}"
        for row in rows
        if row.name not in missing and (complaint := _complaint(folder, row)) is not None
    ]
    return [
        *_named([f"{name} is missing" for name in missing], ANEW),
        *_named(changed, ANEW),
        *_named(_odd(folder), ANEW),
        *_named([f"{name!a} is no entry of the index" for name in sorted(strays)], MEND),
    ]


def _odd(folder: Path) -> list[str]:
    return [
        f"{name} is not a file"
        for name in sorted(OWN)
        if os.path.lexists(folder / name) and not stat.S_ISREG((folder / name).lstat().st_mode)
    ]


def _complaint(folder: Path, row: Row) -> str | None:
    try:
        content = files.read(folder, row.name)
    except Malformed as error:
        return str(error)
    same = content is not None and hashlib.sha256(content).hexdigest() == row.sha256
    return None if same else "it is not what was stored"


def _settled(rows: list[Row], states: set[str], now: int) -> dict[Row, str]:
    """Return the state of the bodies that were read, up to the first that changed a moment ago."""
    of = {seen.name_of(state): state for state in states}
    settled = takewhile(lambda row: seen.changed(of[row.name]) < now - seen.SETTLED, rows)
    return {row: of[row.name] for row in settled}


def _remember(folder: Path, index: bytes, settled: dict[Row, str], known: Seen) -> None:
    if len(settled) > seen.WORTH:
        last = list(settled)[-1]
        digest, _ = lines.digests(index, last.end)
        whole = known.states | frozenset(settled.values())
        seen.keep(folder, Seen(last.number, last.end, digest, whole))


def _named(troubles: list[str], after: str) -> tuple[str, ...]:
    named = [f"{trouble}; {after}" for trouble in troubles[:NAMED]]
    rest = len(troubles) - NAMED
    return tuple([*named, f"and {rest} more of this sort; {after}"] if rest > 0 else named)
