"""Brings a store back that a killed writer left half written; it never makes evidence of what is not."""

import hashlib
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from proveout.evidence import folder as files
from proveout.evidence import index as lines
from proveout.evidence import lock
from proveout.evidence.damaged import Damaged
from proveout.evidence.index import Entry
from proveout.evidence.malformed import Malformed
from proveout.evidence.snapshot import ANEW, HEAD, INDEX, OWN
from proveout.model.mistake import shown


def mend(folder: Path, now: datetime | None = None) -> list[str]:
    """Complete the last entry if all of it is there, else take it back; put aside what belongs to no entry.

    Returns:
        What was done, a sentence each; nothing where nothing was to be done.

    Raises:
        Damaged: the index or the head is not what a writer that was killed leaves.
        UserError: the folder cannot be written to.
    """
    if not folder.exists():
        return []
    moment = (now or datetime.now(UTC)).astimezone(UTC)
    name = f"{folder.name}.aside-{moment:%Y%m%dT%H%M%SZ}"
    names = (f"{name}-{number}" if number else name for number in count())
    aside = next(path for path in map(folder.with_name, names) if not path.exists())
    try:
        with lock.exclusive(folder):
            return [*_mend_tail(folder, aside), *_put_aside(folder, aside)]
    except OSError as error:
        raise files.unwritable(folder, error) from error


def _mend_tail(folder: Path, aside: Path) -> list[str]:
    index, vouched = _both(folder)
    if len(index) == vouched:
        return []
    whole = vouched
    entry = _next(folder, index[:whole], index[whole:])
    if entry is not None:
        whole += len(entry.line())
    done = []
    if len(index) > whole:
        aside.mkdir(exist_ok=True)
        files.put(aside, f"{INDEX}.tail", index[whole:])
        files.cut(folder, INDEX, whole)
        done.append(f"the torn end of {INDEX} was cut off and put into {shown(aside)}")
    if entry is not None:
        files.put(folder, HEAD, lines.head_of(index[:whole]).written())
        done.append(f"entry {entry.id} was there as a whole: it is completed")
    return done


def _both(folder: Path) -> tuple[bytes, int]:
    """Return the index and how much of it the head vouches for."""
    try:
        content = files.read(folder, HEAD, limit=4096)
        head = None if content is None else lines.read_head(content)
        index = files.read(folder, INDEX) or b""
    except Malformed as error:
        raise _beyond(folder, f"the index or its head is damaged: {error}") from None
    if head is None:
        if index.count(b"\n") > 1:
            raise _beyond(folder, f"{HEAD} is missing")
        return index, 0
    if lines.head_of(index[: head.length]) != head:
        raise _beyond(folder, f"{INDEX} is not what {HEAD} says of it")
    return index, head.length


def _next(folder: Path, before: bytes, tail: bytes) -> Entry | None:
    """Return the entry the tail begins with, if it is the next one and its body is there."""
    line, newline, _ = tail.partition(b"\n")
    last = next(lines.newest_first(before), None)
    try:
        entry = lines.read_line(line)
        newest = lines.read_line(last) if last is not None else None
        body = files.read(folder, entry.name)
    except Malformed:
        return None
    expected = (newest.number if newest else 0) + 1
    in_order = entry.number == expected and (newest is None or entry.stored >= newest.stored)
    whole = newline and entry.line() == line + newline
    there = body is not None and hashlib.sha256(body).hexdigest() == entry.sha256
    return entry if in_order and whole and there else None


def _put_aside(folder: Path, aside: Path) -> list[str]:
    index, vouched = _both(folder)
    known = OWN | {row.name for row in lines.rows(index[:vouched])}
    strays = sorted(path.name for path in folder.iterdir() if path.name not in known)
    for name in strays:
        aside.mkdir(exist_ok=True)
        (folder / name).rename(aside / name)
    if not strays:
        return []
    files.settle(folder)
    return [f"{name!a} belongs to no entry: put into {shown(aside)}" for name in strays]


def _beyond(folder: Path, what: str) -> Damaged:
    return Damaged(f"{shown(folder)}: {what}; no killed writer leaves that, so nothing was changed\n{ANEW}")
