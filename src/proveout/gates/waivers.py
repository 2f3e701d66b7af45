"""Waivers: one failing claim of one environment set aside for a while, by somebody who answers for it."""

from collections.abc import Iterator
from typing import Any, ClassVar

from proveout.evidence.digest import definition_files, of_files
from proveout.evidence.instant import moment, written
from proveout.evidence.reading import Sha256, Time
from proveout.evidence.store import Entry, Kind
from proveout.gates.context import Context
from proveout.gates.endings import EndOfWaiver, ended
from proveout.gates.ledger import Ledger
from proveout.gates.records import SKEW, Records
from proveout.gates.testimony import Name, Testimony, Text, digest, read
from proveout.model.environment import Environment
from proveout.model.mistake import UserError, near
from proveout.model.quantity import brief
from proveout.model.system import System
from proveout.model.verdict import Word

LONGEST = 30 * 86400.0


class Waiver(Testimony):
    """The predicate of a waiver, bound to the definition of its environment."""

    kind: ClassVar[Kind] = "waiver"
    way_out: ClassVar[str] = "proveout waive --end {id} --by NAME --reason TEXT"

    claim: str
    environment: str
    definition: Sha256
    owner: Name
    issue: Text
    expires: Time

    @property
    def subject(self) -> dict[str, Any]:
        """Return the claim and environment, and the digest of both with the definition."""
        bound = {"claim": self.claim, "environment": self.environment, "definition": self.definition}
        return {"name": f"{self.environment}#{self.claim}", "digest": {"sha256": digest(bound)}}

    @property
    def found_by(self) -> dict[str, Any]:
        """Return the environment, the claim, and until when."""
        return {"environment": self.environment, "claim": self.claim, "expires": self.expires}

    @property
    def place(self) -> tuple[str, str]:
        """Return the environment and the claim."""
        return self.environment, self.claim


def waive(
    system: System,
    environment: Environment,
    claim: str,
    ledger: Ledger,
    *,
    reason: str,
    owner: str,
    issue: str,
    span: float,
) -> tuple[Entry, Waiver]:
    """Put on record that a failing claim of an environment is set aside for a while.

    Raises:
        UserError: the claim cannot be waived, or it is waived already, or something is missing.
    """

    def made(records: Records, given: str) -> Waiver:
        waiver = Waiver(
            claim=claim,
            environment=environment.id,
            definition=of_files(definition_files(environment)),
            owner=owner,
            issue=issue,
            reason=reason,
            given=given,
            expires=written(moment(given), span),
            head=records.head,
        )
        if (complaint := _mistake(waiver, system) or _too_long(waiver)) is not None:
            raise UserError(f"{claim} in {environment.id}: {complaint}")
        for entry, other in on_record(records, system):
            if other.place == waiver.place:
                raise UserError(
                    f"{claim} in {environment.id}: waived already by {entry.id}, until {other.expires}\n"
                    f"next: {_end(entry)}, then the same command again"
                )
        return waiver

    return ledger.add(made)


def on_record(records: Records, system: System) -> Iterator[tuple[Entry, Waiver]]:
    """Yield the waivers about a system that nobody has ended, the newest first; one unreadable is noted."""
    ends = ended(EndOfWaiver, records, system.name)
    for entry in records.newest_first("waiver"):
        about = entry.facts.get("environment")
        if isinstance(about, str) and about.partition("/")[0] != system.name:
            continue
        if entry.id not in ends and (waiver := read(Waiver, entry, records)) is not None:
            yield entry, waiver


def in_force(context: Context) -> dict[tuple[str, str], str]:
    """Return what is waived in the system of a gate, by environment and claim: until when, and by whom.

    Raises:
        UserError: a waiver has expired, or is none that could have been given; it names the way out.
    """
    return {
        place: f"until {waiver.expires}, {waiver.owner}, {waiver.issue}"
        for place, (_, waiver) in _in_force(context).items()
    }


def require_matched(context: Context) -> None:
    """Make sure that each waiver in force set a failure aside, where the gate asked for its claim.

    Where the claim is not proven either, the waiver is left alone: it does nothing then, and the gate holds.
    A rehearsal looks at copies, which do not tell whether the waiver is still needed.

    Raises:
        UserError: a waiver waives nothing.
    """
    for place, (entry, waiver) in _in_force(context).items():
        if place in context.matched:
            context.records.use(entry)
        elif context.asked.get(place) == {Word.PASS} and not context.rehearsal:
            raise UserError(
                f"waiver {entry.id} ({waiver.claim} in {waiver.environment}, {waiver.owner}) waives nothing: "
                f"the claim does not fail\nnext: {_end(entry)}"
            )


def complaint(entry: Entry, waiver: Waiver, records: Records, system: System) -> str | None:
    """Return why a waiver that nobody has ended is a mistake now, or None."""
    if not records.is_signed(entry):
        return "nobody who is trusted signed it"
    if waiver.given > written(records.now, SKEW):
        return f"it is of the future ({waiver.given})"
    if waiver.expires <= written(records.now):
        return f"it expired at {waiver.expires}"
    if (mistake := _mistake(waiver, system) or _too_long(waiver)) is not None:
        return mistake.partition("\n")[0]
    environment = system.environments[waiver.environment.partition("/")[2]]
    if waiver.definition != of_files(definition_files(environment)):
        return f"the definition of {environment.id} or the gate was changed since it was given"
    return None


def _in_force(context: Context) -> dict[tuple[str, str], tuple[Entry, Waiver]]:
    found: dict[tuple[str, str], tuple[Entry, Waiver]] = {}
    for entry, waiver in on_record(context.records, context.system):
        mistake = complaint(entry, waiver, context.records, context.system)
        if mistake is None and waiver.place in found:
            mistake = f"{found[waiver.place][0].id} waives the same"
        if mistake is not None:
            raise UserError(
                f"waiver {entry.id} ({waiver.claim} in {waiver.environment}, {waiver.owner}, "
                f"{waiver.issue}): {mistake}\nnext: {_end(entry)}"
            )
        found[waiver.place] = (entry, waiver)
    return found


def _mistake(waiver: Waiver, system: System) -> str | None:
    """Return why nobody may waive this claim of this environment, or None."""
    known = system.by_claim.get(waiver.claim)
    where = {e.id: e for e in system.environments.values()}.get(waiver.environment)
    checks = [claim.id for claim in system.claims if claim.kind == "check"]
    if where is None:
        return f"there is no environment {waiver.environment}\nnext: proveout env list"
    if known is None:
        return f'there is no claim "{waiver.claim}"{near(waiver.claim, checks)}\nnext: proveout claims'
    if known.kind != "check":
        return (
            f"it is of kind {known.kind}; only what checks prove or refute can be waived"
            "\nnext: let the gate say what it lacks"
        )
    if where.name not in known.environments:
        about = ", ".join(f"{system.name}/{name}" for name in known.environments)
        return f"the claim is not about {where.id}, but about {about}\nnext: --env of one of these"
    if system.gates is None or waiver.claim in system.gates.never_waived:
        return (
            f"no waiver sets it aside: {system.name}/gates.toml never_waived names it"
            "\nnext: make sure what the target is, and verify again"
        )
    return None


def _too_long(waiver: Waiver) -> str | None:
    span = moment(waiver.expires).timestamp() - moment(waiver.given).timestamp()
    if span <= 0:
        return "it would be over at once\nnext: --expires 10d"
    if span > LONGEST:
        return f"a waiver holds for at most {brief(LONGEST)}\nnext: --expires 30d, or mend it"
    return None


def _end(entry: Entry) -> str:
    return Waiver.way_out.format(id=entry.id)
