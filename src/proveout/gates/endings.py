"""Ends of approvals and waivers: a record that another one no longer counts, by whom and why."""

from typing import Any, ClassVar, TypeVar

from proveout.evidence.reading import Sha256
from proveout.evidence.store import Entry, Kind
from proveout.gates.records import Records
from proveout.gates.testimony import Name, Testimony, read
from proveout.model.mistake import UserError, near

E = TypeVar("E", bound="End")


class End(Testimony):
    """That a record no longer counts; `about` is the gate or the environment that the record is about."""

    of: ClassVar[Kind]

    by: Name
    about: str
    ends: str
    sha256: Sha256

    @property
    def subject(self) -> dict[str, Any]:
        """Return the record that ends, by its digest."""
        return {"name": f"{self.about}#{self.ends}", "digest": {"sha256": self.sha256}}

    @property
    def found_by(self) -> dict[str, Any]:
        """Return what it is about and the record that ends."""
        return {"about": self.about, "ends": self.ends}


class EndOfWaiver(End):
    """That a waiver no longer sets its claim aside."""

    kind: ClassVar[Kind] = "end-of-waiver"
    of: ClassVar[Kind] = "waiver"


class EndOfApproval(End):
    """That somebody took a consent back."""

    kind: ClassVar[Kind] = "end-of-approval"
    of: ClassVar[Kind] = "approval"


def ended(model: type[E], records: Records, system: str) -> dict[str, E]:
    """Return the ends that are on record about a system, by the id of the record that each ends.

    One that nobody trusted signed counts: it only takes away what a gate could pass on. It is noted, too.
    """
    found: dict[str, E] = {}
    for entry in records.newest_first(model.kind):
        about = entry.facts.get("about")
        if isinstance(about, str) and about.partition("/")[0] != system:
            continue
        end = read(model, entry, records)
        if end is None:
            continue
        if not records.is_signed(entry):
            records.note(f"nobody who is trusted signed record {entry.id} ({entry.kind})")
        found[end.ends] = end
    return found


def of_record(
    model: type[E], records: Records, about: str, name: str, *, given: str, by: str, reason: str
) -> E:
    """Return the end of a record that a person names by its id or its number.

    `about` is the system, or the gate or environment, that the record is about.

    Raises:
        UserError: there is no such record, or it has ended already.
    """
    entry = _called(model.of, records, about, name)
    system = about.partition("/")[0]
    if (before := ended(model, records, system).get(entry.id)) is not None:
        raise UserError(
            f"the {model.of} {entry.id} was ended at {before.given} by {before.by}\nnext: nothing to do"
        )
    return model(
        by=by,
        reason=reason,
        given=given,
        head=records.head,
        about=_about(entry) or about,
        ends=entry.id,
        sha256=entry.sha256,
    )


def _called(kind: Kind, records: Records, about: str, name: str) -> Entry:
    entries = [e for e in records.newest_first(kind) if f"{_about(e) or about}/".startswith(f"{about}/")]
    known = {entry.id: entry for entry in entries} | {str(entry.number): entry for entry in entries}
    if (found := known.get(name)) is not None:
        return found
    command = {"waiver": "proveout waive --list", "approval": f"proveout approve {about} --list"}
    raise UserError(
        f'there is no {kind} "{name}" about {about}{near(name, [entry.id for entry in entries])}\n'
        f"next: {command[kind]}"
    )


def _about(entry: Entry) -> str | None:
    """Return what the index says that a record is about; it may be one that cannot be read."""
    about = entry.facts.get("gate", entry.facts.get("environment"))
    return about if isinstance(about, str) else None
