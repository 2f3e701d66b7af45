"""The store of evidence: a folder to which entries are only ever added, each whole or not at all."""

import hashlib
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from proveout.evidence import folder as files
from proveout.evidence import index as lines
from proveout.evidence import lock
from proveout.evidence.damaged import Damaged, Moved
from proveout.evidence.index import Entry, Kind
from proveout.evidence.instant import written
from proveout.evidence.malformed import Malformed
from proveout.evidence.snapshot import HEAD, INDEX, Snapshot, body_of, take, vouched
from proveout.model.mistake import UserError, shown

__all__ = ["Damaged", "Entry", "Kind", "Moved", "Snapshot", "Store"]


class Store:
    """A folder of numbered bodies, an index of them, and a head that vouches for the index.

    An entry is there from the moment the head speaks of it: the body is on the disk before the line, the
    line before the head. A writer that is killed in between leaves something that `snapshot` names.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def snapshot(self) -> Snapshot:
        """Return what the store holds now, and what is wrong with it; no folder holds nothing.

        Raises:
            UserError: the folder cannot be looked at.
        """
        return take(self.folder)

    def body(self, entry: Entry) -> bytes:
        """Return the bytes of an entry, without a look at the rest of the store.

        Raises:
            Damaged: they are not there, or not those that were stored.
        """
        return body_of(self.folder, entry)

    def add(
        self,
        kind: Kind,
        body: bytes,
        facts: dict[str, Any],
        *,
        after: int | None = None,
        now: datetime | None = None,
    ) -> Entry:
        """Add one entry and return it once it is on the disk.

        Args:
            kind: what the body is.
            body: the bytes, kept as they are.
            facts: what an entry is chosen by without reading its body.
            after: the number of the newest entry the caller has seen, where the new one rests on that.
            now: the moment, if it is not this one.

        Raises:
            Moved: there is a newer entry than the caller has seen.
            Damaged: the index is torn or changed.
            UserError: the folder cannot be written to, or the same bytes are stored already.
        """
        if len(body) > files.LARGEST:
            raise UserError(
                f"{shown(self.folder)}: evidence of {len(body):,} bytes is not stored; "
                f"at most {files.LARGEST:,} are\nnext: verify less in one run"
            )
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with lock.exclusive(self.folder):
                return self._add(kind, body, facts, after, now or datetime.now(UTC))
        except OSError as error:
            raise files.unwritable(self.folder, error) from error

    def _add(self, kind: Kind, body: bytes, facts: dict[str, Any], after: int | None, now: datetime) -> Entry:
        index, _, troubles = vouched(self.folder)
        if troubles:
            raise Damaged(f"{shown(self.folder)}: nothing was added. {_as_lines(troubles[0])}")
        last = self._last(index)
        number = last.number if last else 0
        if after is not None and number != after:
            raise Moved(f"the newest entry is {number}, not {after}")
        stored = written(now)
        if last is not None:
            stored = max(stored, last.stored)  # a clock that went back does not turn the order round
        entry = Entry(number + 1, kind, hashlib.sha256(body).hexdigest(), stored, facts)
        if lines.times(index, entry.sha256):
            raise UserError(
                f"{shown(self.folder)}: the same bytes are on record already, and nothing is stored twice\n"
                "next: proveout evidence list"
            )
        line = entry.line()
        head = lines.head_of(index + line).written()
        try:
            files.put(self.folder, entry.name, body)
            files.append(self.folder, INDEX, line)
            files.put(self.folder, HEAD, head)
        except BaseException:
            self._undo(entry, len(index), head)
            raise
        return entry

    def _last(self, index: bytes) -> Entry | None:
        line = next(lines.newest_first(index), None)
        try:
            return None if line is None else lines.read_line(line)
        except Malformed as error:
            raise Damaged(
                f"{shown(self.folder / INDEX)}: {error}; nothing was added\nnext: proveout evidence list"
            ) from None

    def _undo(self, entry: Entry, length: int, head: bytes) -> None:
        """Take back what was written of an entry, unless the head speaks of it already."""
        with suppress(OSError, Malformed):  # what cannot be taken back is named by the next snapshot
            if files.read(self.folder, HEAD) == head:
                return
            if (self.folder / INDEX).exists():
                files.cut(self.folder, INDEX, length)
            (self.folder / entry.name).unlink(missing_ok=True)


def _as_lines(trouble: str) -> str:
    return trouble.replace("; next: ", "\nnext: ")
