"""The records a gate reads: each opened once, its digest, signature and form made sure of."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from proveout.evidence.envelope import opened
from proveout.evidence.instant import moment, written
from proveout.evidence.key import PublicKey
from proveout.evidence.malformed import Malformed
from proveout.evidence.reading import RunEvidence, facts_of_run, read_run, statement_of
from proveout.evidence.store import Damaged, Entry, Kind, Snapshot
from proveout.gates.release import Release

SKEW = 120.0  # seconds that clocks of two machines may differ


@dataclass(frozen=True)
class Seen:
    """A run that a gate has read."""

    entry: Entry
    run: RunEvidence

    @property
    def release(self) -> Release:
        """Return what the run was about."""
        return Release(self.run.identity.version, self.run.artifact.digest)

    @property
    def ended(self) -> datetime:
        """Return when the run ended."""
        return moment(self.run.ended)


class Records:
    """Reads a snapshot; `troubles` grows with whatever was read and cannot be believed."""

    def __init__(self, snapshot: Snapshot, trusted: Mapping[str, PublicKey], now: datetime) -> None:
        self.now = now.astimezone(UTC)
        self.head = snapshot.head
        self._latest = written(self.now, SKEW)
        self.troubles: list[str] = list(snapshot.troubles)
        self.unsigned: list[str] = []
        self.used: dict[int, Entry] = {}
        self._snapshot = snapshot
        self._trusted = trusted
        self._entries: dict[Kind, list[Entry]] = {}
        self._rest: dict[Kind, Iterator[Entry]] = {}
        self._runs: dict[int, Seen | None] = {}
        self._statements: dict[int, dict[str, Any] | None] = {}
        self._said: dict[bytes, str] = {}

    def newest_first(self, kind: Kind) -> Iterator[Entry]:
        """Return the entries of a kind, the newest first; what nobody asks for is not looked at."""
        known = self._entries.setdefault(kind, [])
        position = 0
        while position < len(known) or self._more(kind):
            yield known[position]
            position += 1

    def _more(self, kind: Kind) -> bool:
        rest = self._rest.setdefault(kind, self._snapshot.newest_first(kind))
        try:
            entry = next(rest, None)
        except Damaged as error:
            self.note(str(error))
            return False
        if entry is None:
            return False
        if entry.stored > self._latest:
            self.note(
                f"record {entry.id} was stored at {entry.stored}, later than now ({written(self.now)}): "
                "the clock of one of the machines is wrong"
            )
        self._entries[kind].append(entry)
        return True

    def run(self, entry: Entry) -> Seen | None:
        """Return a run, or None after noting why it cannot be believed."""
        if entry.number not in self._runs:
            self._runs[entry.number] = self._read_run(entry)
        return self._runs[entry.number]

    def statement(self, entry: Entry) -> dict[str, Any] | None:
        """Return a statement of another kind as JSON values, or None after noting why not."""
        if entry.number not in self._statements:
            payload = self._payload(entry)
            try:
                self._statements[entry.number] = None if payload is None else statement_of(payload)
            except Malformed as error:
                self.note(f"record {entry.id} ({entry.kind}) cannot be read: {error}")
                self._statements[entry.number] = None
        return self._statements[entry.number]

    def use(self, entry: Entry) -> None:
        """Remember that the decision rests on a record."""
        self.used[entry.number] = entry

    def is_signed(self, entry: Entry) -> bool:
        """Return whether somebody trusted signed a record that was read, where anybody is trusted."""
        return entry.id not in self.unsigned

    def _read_run(self, entry: Entry) -> Seen | None:
        payload = self._payload(entry)
        if payload is None:
            return None
        try:
            run = read_run(payload)
        except Malformed as error:
            self.note(f"record {entry.id} (run) cannot be read: {error}")
            return None
        if facts_of_run(run) != entry.facts:
            self.note(f"record {entry.id} (run) is not what the index says of it")
            return None
        if run.ended > self._latest or run.ended > written(moment(entry.stored), SKEW):
            self.note(f"record {entry.id} (run) says it ended at {run.ended}, after it was stored or now")
            return None
        return Seen(entry, run)

    def _payload(self, entry: Entry) -> bytes | None:
        try:
            found = opened(self._snapshot.body(entry), self._trusted)
        except (Damaged, Malformed) as error:
            self.note(f"record {entry.id} ({entry.kind}): {error}")
            return None
        # A signature is over what is said, so the same may come again in an envelope of other bytes.
        other = self._said.setdefault(hashlib.sha256(found.payload).digest(), entry.id)
        if other != entry.id:
            self.note(f"records {entry.id} and {other} ({entry.kind}) say the same: one was stored again")
        if self._trusted and not found.signers and entry.id not in self.unsigned:
            self.unsigned.append(entry.id)
        return found.payload

    def note(self, trouble: str) -> None:
        """Remember why the records cannot be believed as a whole."""
        if trouble not in self.troubles:
            self.troubles.append(trouble)
