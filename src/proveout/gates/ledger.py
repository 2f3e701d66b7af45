"""Puts on record what people say, signed where that is asked for, and only onto records that are whole."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import ValidationError

from proveout.evidence.envelope import sealed
from proveout.evidence.instant import written
from proveout.evidence.key import VARIABLE, Key, trusted
from proveout.evidence.store import Damaged, Entry, Moved, Store
from proveout.gates.records import SKEW, Records
from proveout.gates.testimony import Testimony
from proveout.model.mistake import UserError, shown
from proveout.model.system import System

T = TypeVar("T", bound=Testimony)
TRIES = 5  # times it is made anew because others added records meanwhile
OPTIONS = {"authors": "--author"}  # where an option is not called as its field


@dataclass(frozen=True)
class Ledger:
    """The store, the system that something is said about, the key that signs it, and the time."""

    store: Store
    system: System
    key: Key | None = None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def records(self) -> Records:
        """Return the records as they are now, whether or not they are whole."""
        return Records(self.store.snapshot(), trusted(self.system.directory), self.now)

    def add(self, make: Callable[[Records, str], T]) -> tuple[Entry, T]:
        """Make a testimony from the records and the time it is given, and store it; return both.

        Raises:
            UserError: what `make` complains of, or the records are not whole, or the key is none that counts.
        """
        self._key_counts()
        for _ in range(TRIES):
            snapshot = self.store.snapshot()
            records = Records(snapshot, trusted(self.system.directory), self.now)
            _whole(records)
            given = self._given(next(snapshot.newest_first(), None))
            said = _made(make, records, given)
            _whole(records)
            body = sealed(said.statement, self.key)
            try:
                return self.store.add(said.kind, body, said.facts, after=said.head, now=self.now), said
            except Moved:
                continue
            except Damaged as error:
                raise UserError(str(error)) from None
        raise UserError(
            f"{shown(self.store.folder)}: others kept adding records meanwhile, so nothing was recorded\n"
            "next: the same command again"
        )

    def file(self, entry: Entry) -> str:
        """Return the file of a record as a person would type it."""
        return shown(self.store.folder / entry.name)

    def _given(self, newest: Entry | None) -> str:
        """Return the time that the store will say; its clock never goes back."""
        now = written(self.now)
        if newest is None:
            return now
        if newest.stored > written(self.now, SKEW):
            raise UserError(
                f"the newest record was stored at {newest.stored}, later than now ({now})\n"
                "  likely cause: the clock of one of the machines is wrong\n"
                "next: date --utc, set the clock, then the same command again"
            )
        return max(now, newest.stored)

    def _key_counts(self) -> None:
        keys = trusted(self.system.directory)
        folder = shown(self.system.directory / "keys")
        if keys and self.key is None:
            raise UserError(
                f"{folder}: only what a key in there has signed counts, and no key is set here\n"
                f"next: export {VARIABLE}=FILE with the private key (proveout key new makes one)"
            )
        if keys and self.key is not None and self.key.public.keyid not in keys:
            raise UserError(
                f"{folder}: the key set here ({self.key.public.keyid[:12]}) is none of those that count\n"
                f"next: set {VARIABLE} to one that does, or let somebody review its .pub into {folder}"
            )


def _made(make: Callable[[Records, str], T], records: Records, given: str) -> T:
    try:
        return make(records, given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        option = OPTIONS.get(name, f"--{name}")
        said = first["msg"].removeprefix("Value error, ")
        raise UserError(
            f"{option} {first['input']!r}: {said}\nnext: the same command with another {option}"
        ) from None


def _whole(records: Records) -> None:
    if records.troubles:
        text, _, after = records.troubles[0].replace("; next: ", "\nnext: ").partition("\nnext: ")
        raise UserError(f"nothing was recorded: {text}\nnext: {after or 'proveout evidence list'}")
