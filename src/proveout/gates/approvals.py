"""Approvals: consent to one release at one gate, by somebody who did not make it, for a while."""

from collections.abc import Iterator
from itertools import takewhile
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from proveout.catalogue.catalogue import Catalogue
from proveout.evidence.instant import moment, written
from proveout.evidence.reading import RunEvidence, Sha256, Time
from proveout.evidence.store import Entry, Kind
from proveout.gates.context import Context
from proveout.gates.endings import EndOfApproval, ended
from proveout.gates.ledger import Ledger
from proveout.gates.naming import Named
from proveout.gates.records import SKEW, Records, Seen
from proveout.gates.release import Release
from proveout.gates.testimony import Name, Testimony, digest, read
from proveout.model.gate import Gate
from proveout.model.mistake import UserError
from proveout.model.quantity import brief
from proveout.model.verdict import Word

LONGEST = 14 * 86400.0
NAMED = 20  # runs that an approval names; which others there were follows from its head


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Approved(_Part):
    """The release that is consented to."""

    version: str | None
    artifact: Sha256 | None


class _Digest(_Part):
    sha256: Sha256


class SeenRun(_Part):
    """A run that was on record when the approval was given."""

    uri: str = Field(pattern=r"^[0-9]{6,12}-[0-9a-f]{12}\.json$")
    digest: _Digest

    @classmethod
    def of(cls, entry: Entry) -> "SeenRun":
        """Return the name of a record."""
        return cls(uri=entry.name, digest=_Digest(sha256=entry.sha256))

    @property
    def number(self) -> int:
        """Return the number of the record."""
        return int(self.uri.partition("-")[0])


class Approval(Testimony):
    """The predicate of an approval; a real one never counts for a rehearsal, nor the other way round."""

    kind: ClassVar[Kind] = "approval"
    way_out: ClassVar[str] = "proveout approve EDGE --withdraw {id} --by NAME --reason TEXT"

    gate: str
    release: Approved
    definitions: dict[str, Sha256]
    rehearsal: bool
    by: Name
    authors: list[Name] = Field(min_length=1)
    expires: Time
    runs: list[SeenRun] = Field(min_length=1, max_length=NAMED)

    @property
    def subject(self) -> dict[str, Any]:
        """Return the gate, and the digest of all that is consented to."""
        return _subject(self.gate, self.release.model_dump(), self.definitions, rehearsal=self.rehearsal)

    @property
    def found_by(self) -> dict[str, Any]:
        """Return the gate, the release, and until when."""
        release = self.release.model_dump()
        return {"gate": self.gate, "rehearsal": self.rehearsal, **release, "expires": self.expires}


def _subject(
    gate: str, release: dict[str, Any], definitions: dict[str, str], *, rehearsal: bool
) -> dict[str, Any]:
    bound = {"gate": gate, "release": release, "definitions": definitions, "rehearsal": rehearsal}
    return {"name": gate, "digest": {"sha256": digest(bound)}}


def _wanted(context: Context) -> dict[str, Any]:
    """Return the subject that an approval of what is in question now has."""
    release = context.release.as_json()
    return _subject(context.gate.id, release, context.ends, rehearsal=context.rehearsal)


def approve(
    catalogue: Catalogue,
    gate: Gate,
    ledger: Ledger,
    *,
    by: str,
    authors: list[str],
    reason: str,
    span: float = LONGEST,
    rehearsal: bool = False,
) -> tuple[Entry, Approval]:
    """Put on record that somebody consents to what the newest run found where the gate begins.

    Raises:
        UserError: it is not known what that is, the approver is an author, or something is missing.
    """
    if not any(rule.needs == "approval" for rule in gate.rules):
        raise UserError(
            f"{gate.id} asks for no approval, so there is nothing to consent to\n"
            f"next: proveout gate {gate.id} --explain"
        )
    if span > LONGEST:
        raise UserError(
            f"--expires {brief(span)}: an approval holds for at most {brief(LONGEST)}\n"
            "next: a shorter --expires, and approve again when it has passed"
        )

    def made(records: Records, given: str) -> Approval:
        context = Context(catalogue, gate, records, ledger.now, rehearsal=rehearsal)
        runs = _runs(context)
        approval = Approval(
            gate=gate.id,
            release=Approved(**context.release.as_json()),
            definitions=context.ends,
            rehearsal=rehearsal,
            by=by,
            authors=authors,
            reason=reason,
            given=given,
            expires=written(moment(given), span),
            head=records.head,
            runs=[SeenRun.of(entry) for entry in runs],
        )
        if approval.expires <= approval.given:
            raise UserError("--expires: it would be over at once\nnext: --expires 7d")
        if (author := _author(approval)) is not None:
            raise UserError(
                f"--by {by!r} may be the author {author!r}, and nobody approves what is their own\n"
                "  if they are two people: write both with full name and <address>\n"
                "next: let somebody else approve"
            )
        return approval

    return ledger.add(made)


def _runs(context: Context) -> list[Entry]:
    """Return the runs that speak of what is in question, the newest first."""
    environment = context.environment()
    if not context.release.known:
        copies = " --env-provider process" if context.rehearsal else ""
        found = context.release.version or context.release.artifact
        reason = (
            f"{context.release} is a label that moves, and the digest of what runs is not known"
            if found
            else f"no run {'about a copy ' if context.rehearsal else ''}found out what runs there"
        )
        raise UserError(
            f"{environment.id}: it is not known what would be approved: {reason}\n"
            f"next: pytest --env={environment.id} -m smoke{copies} --env-artifact=sha256:..."
        )
    newest = context.newest(environment.id)
    entries = context.entries(environment.id, since=written(context.now, -context.gate.within))
    seen = [s for s in (context.records.run(e) for e in entries) if s and _about(context.release, s)]
    named = {s.entry.number: s.entry for s in (newest, *seen) if s is not None}
    return [named[number] for number in sorted(named, reverse=True)][:NAMED]


def _about(release: Release, seen: Seen) -> bool:
    return release.same(seen.release) is not False


def _author(approval: Approval) -> str | None:
    """Return the author whom the approver may be, or None."""
    by = Named.of(approval.by)
    return next((author for author in approval.authors if by.may_be(Named.of(author))), None)


def on_record(context: Context) -> Iterator[tuple[Entry, Approval | None, str]]:
    """Yield the approvals of a gate that may not have expired, the newest first, and why each does not count.

    The reason is empty for one that counts; the approval is None where it cannot be believed.
    """
    records = context.records
    ends = ended(EndOfApproval, records, context.gate.system)
    oldest = written(context.now, -LONGEST - SKEW)
    for entry in records.newest_first("approval"):
        if entry.stored < oldest:
            return
        gate = entry.facts.get("gate")
        if isinstance(gate, str) and gate != context.gate.id:
            continue
        if (end := ends.get(entry.id)) is not None:
            yield entry, None, f"approval {entry.id} was taken back by {end.by}: {end.reason}"
            continue
        approval = read(Approval, entry, records)
        if approval is None:
            yield entry, None, f"approval {entry.id} cannot be believed"
        else:
            complaint = _complaint(entry, approval, context)
            yield (
                entry,
                approval,
                f"the approval of {approval.by} ({entry.id}) {complaint}" if complaint else "",
            )


def _complaint(entry: Entry, approval: Approval, context: Context) -> str | None:
    """Return why an approval does not count for what is in question, or None."""
    author = _author(approval)
    span = moment(approval.expires).timestamp() - moment(approval.given).timestamp()
    kind = "a rehearsal" if approval.rehearsal else "a promotion, not for a rehearsal"
    of_release = Release(approval.release.version, approval.release.artifact)
    statements = {
        "is signed by nobody who is trusted": context.records.is_signed(entry),
        f"is by {author}, an author": author is None,
        f"holds for longer than {brief(LONGEST)}": 0 < span <= LONGEST,
        f"is of the future ({approval.given})": approval.given <= written(context.now, SKEW),
        f"expired at {approval.expires}": written(context.now) < approval.expires,
        f"is for {kind}": approval.rehearsal is context.rehearsal,
        f"is about {of_release}, in question is {context.release}": approval.release.model_dump()
        == context.release.as_json(),
        "was given before a definition or the gate was changed": approval.subject == _wanted(context),
        "names runs that are not on record": _as_seen(approval, context.records),
    }
    if complaint := next((sentence for sentence, holds in statements.items() if not holds), None):
        return complaint
    failing = _failing(entry, approval, context)
    return f"is void: a new failing result, run {failing.entry.id}; approve again" if failing else None


def _as_seen(approval: Approval, records: Records) -> bool:
    """Return whether the runs that an approval names are still those on record."""
    named = [(run.number, run.uri, run.digest.sha256) for run in approval.runs]
    oldest = min(named)[0]
    older = takewhile(lambda entry: entry.number >= oldest, records.newest_first("run"))
    there = {(entry.number, entry.name, entry.sha256) for entry in older if entry.number <= approval.head}
    return set(named) <= there and len(set(named)) == len(named)


def _failing(entry: Entry, approval: Approval, context: Context) -> Seen | None:
    """Return a run that failed, and ended or was stored after the approval was given."""
    since = written(moment(approval.given), -SKEW)
    for each in context.entries(context.environment().id, since=since):
        seen = context.records.run(each)
        if seen is None or not (each.number > entry.number or seen.run.ended > approval.given):
            continue
        if _about(context.release, seen) and _failed(seen.run):
            return seen
    return None


def _failed(run: RunEvidence) -> bool:
    attempts = any(attempt.ending == "failed" for attempt in run.attempts)
    troubles = any(trouble.word == "FAIL" for trouble in run.troubles)
    return run.verdict.word == Word.FAIL.value or bool(run.failed) or attempts or troubles
