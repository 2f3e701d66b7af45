"""Events: what happened to an environment that no run could see, put on record by a person."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal, get_args

from proveout.evidence.digest import definition_files, of_files
from proveout.evidence.instant import written
from proveout.evidence.reading import Sha256, Time
from proveout.evidence.store import Entry, Kind
from proveout.gates.ledger import Ledger
from proveout.gates.records import Records
from proveout.gates.testimony import Name, Testimony, read
from proveout.model.environment import Environment
from proveout.model.mistake import UserError, near
from proveout.model.quantity import brief

What = Literal["recovery"]
EARLIEST = 365 * 86400.0


class Event(Testimony):
    """The predicate of an event: where, what, when, and who says so."""

    kind: ClassVar[Kind] = "event"

    environment: str
    definition: Sha256
    what: What
    at: Time
    by: Name

    @property
    def subject(self) -> dict[str, Any]:
        """Return the environment as it was defined when the event was put on record."""
        return {"name": self.environment, "digest": {"sha256": self.definition}}

    @property
    def found_by(self) -> dict[str, Any]:
        """Return where, what and when."""
        return {"environment": self.environment, "what": self.what, "at": self.at}


def happened(
    environment: Environment, what: str, ledger: Ledger, *, by: str, reason: str, at: datetime | None = None
) -> tuple[Entry, Event]:
    """Put on record that something happened to an environment, now unless a time is said.

    Raises:
        UserError: nobody knows of such events, or it is said of the future.
    """
    kinds: tuple[What, ...] = get_args(What)
    kind = next((each for each in kinds if each == what), None)
    if kind is None:
        raise UserError(
            f'there is no event "{what}"{near(what, kinds)}\n'
            f"  known: {', '.join(kinds)}\n"
            f"next: proveout event {environment.id} recovery --by NAME --reason TEXT"
        )

    def made(records: Records, given: str) -> Event:
        when = given if at is None else written(at)
        if when > given:
            raise UserError(f"--at {when}: that is in the future, it is {given}\nnext: --at when it happened")
        return Event(
            environment=environment.id,
            definition=of_files(definition_files(environment)),
            what=kind,
            at=when,
            by=by,
            reason=reason,
            given=given,
            head=records.head,
        )

    if at is not None and ledger.now.timestamp() - at.timestamp() > EARLIEST:
        raise UserError(
            f"--at: more than {brief(EARLIEST)} ago, so it may be mistyped\nnext: --at within a year"
        )
    return ledger.add(made)


def on_record(records: Records, environment: str) -> Iterator[tuple[Entry, Event]]:
    """Yield the events of an environment, the one recorded last first; one unreadable is noted.

    One that nobody trusted signed is noted, too: it asks for more at one place, and for less at another.
    """
    for entry in records.newest_first("event"):
        about = entry.facts.get("environment")
        if isinstance(about, str) and about != environment:
            continue
        if (event := read(Event, entry, records)) is None:
            continue
        if not records.is_signed(entry):
            records.note(f"nobody who is trusted signed record {entry.id} ({entry.kind})")
        yield entry, event


def time(text: str) -> datetime:
    """Return the time a person writes, which says its zone.

    Raises:
        ValueError: it is no time, or one without a zone.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError('not a time; write "2026-11-22T20:00:00Z"') from None
    if found.tzinfo is None:
        raise ValueError(f'it does not say its zone; write "{text}Z" for UTC, or "{text}+01:00"')
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise ValueError("no such time on a calendar") from None
