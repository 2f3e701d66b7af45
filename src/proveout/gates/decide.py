"""Decides: reads the records once, asks every rule of the gate, and puts the decision on record."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from proveout.catalogue.catalogue import Catalogue
from proveout.evidence.digest import definition_files, of_files, sha256
from proveout.evidence.envelope import sealed
from proveout.evidence.key import Key, trusted
from proveout.evidence.store import Damaged, Moved, Snapshot, Store
from proveout.gates import summary, waivers
from proveout.gates.context import Context
from proveout.gates.decision import Decision
from proveout.gates.line import Line
from proveout.gates.records import Records
from proveout.gates.rules import LAST, judge
from proveout.model.gate import Gate
from proveout.model.mistake import UserError
from proveout.model.verdict import Word

TRIES = 5  # decisions made anew because others added records meanwhile


def decide(
    catalogue: Catalogue,
    gate: Gate,
    store: Store,
    *,
    now: datetime | None = None,
    rehearsal: bool = False,
    wanted: str | None = None,
) -> Decision:
    """Decide from the records of a store; nothing is written.

    `wanted` is the version or digest that the caller means to promote; without it, it is what the newest
    run found where the gate begins.

    Raises:
        UserError: the store cannot be read, or a waiver has expired or waives nothing.
    """
    return decide_from(
        catalogue, gate, store.snapshot(), now=now or datetime.now(UTC), rehearsal=rehearsal, wanted=wanted
    )


def decide_from(
    catalogue: Catalogue,
    gate: Gate,
    snapshot: Snapshot,
    *,
    now: datetime,
    rehearsal: bool = False,
    wanted: str | None = None,
) -> Decision:
    """Decide from a store as it was at one moment; see `decide`."""
    system = catalogue.systems[gate.system]
    records = Records(snapshot, trusted(system.directory), now)
    context = Context(catalogue, gate, records, now, rehearsal=rehearsal)
    context.waived = waivers.in_force(context)
    release = _release(context, wanted)
    turns = sorted(range(len(gate.rules)), key=lambda i: gate.rules[i].needs in LAST)
    judged = {i: judge(gate.rules[i], context) for i in turns}
    waivers.require_matched(context)
    lines = (release, *(judged[i] for i in sorted(judged)))
    policy = definition_files(context.environment())
    return Decision(
        gate=gate.id,
        release=context.release,
        lines=(_whole(context, unchanged=_unchanged(context)), *lines),
        used=tuple(records.used[number] for number in sorted(records.used)),
        head=records.head,
        decided=now,
        definitions=context.ends,
        policy=f"{gate.system}/gates.toml",
        policy_sha256=sha256(policy[f"{gate.system}/gates.toml"]),
        rehearsal=rehearsal,
    )


def decide_on_record(
    catalogue: Catalogue,
    gate: Gate,
    store: Store,
    *,
    rehearsal: bool = False,
    wanted: str | None = None,
    key: Key | None = None,
    by: str = "",
    now: datetime | None = None,
) -> tuple[Decision, Path | None]:
    """Decide and put the decision into the store before anybody is told; return it and its file.

    A decision that cannot be recorded is none: its word is HOLD, whatever the rules came to.

    Raises:
        UserError: as `decide`.
    """
    for _ in range(TRIES):
        decision = replace(decide(catalogue, gate, store, now=now, rehearsal=rehearsal, wanted=wanted), by=by)
        try:
            entry = store.add(
                "decision",
                sealed(summary.statement(decision), key),
                summary.facts(decision),
                after=decision.head,
                now=now,
            )
        except Moved:
            continue
        except (Damaged, UserError) as error:
            return _unrecorded(decision, str(error)), None
        return decision, store.folder / f"{entry.id}.json"
    return _unrecorded(decision, "others kept adding records while it was decided"), None


def _unrecorded(decision: Decision, reason: str) -> Decision:
    line = Line(
        "The decision is on record",
        "record",
        Word.HOLD,
        (reason.partition("\nnext:")[0],),
        (reason.partition("\nnext:")[2].strip() or f"proveout gate {decision.gate}",),
    )
    return replace(decision, lines=(*decision.lines, line))


def _release(context: Context, wanted: str | None) -> Line:
    """It is known beyond doubt what is promoted, and it is what the caller means."""
    says = "It is known what is promoted"
    release = context.release
    environment = context.environment()
    command = f"pytest --env={environment.id} -m smoke"
    if context.rehearsal:
        command += " --env-provider process"
    if release.version is None and release.artifact is None:
        reason = f"no run found out what runs in {environment.id}"
        return Line(says, "release", Word.HOLD, (reason,), (command,))
    if not release.known:
        reason = f"{release} is a label that moves, and the digest of what runs is not known"
        how = f"{command} --env-root=DIR (or --env-artifact=sha256:...)"
        return Line(says, "release", Word.HOLD, (reason,), (how,))
    if wanted is not None and not release.called(wanted):
        reason = f"{wanted} is to be promoted, the newest run found {release} in {environment.id}"
        return Line(says, "release", Word.HOLD, (reason,), (f"deploy it there, then {command}",))
    seen = context.newest(environment.id)
    if seen is not None:
        context.records.use(seen.entry)
        if not context.records.is_signed(seen.entry):
            reason = f"nobody who is trusted signed the newest run, {seen.entry.id}, which found {release}"
            how = f"{command}, with PROVEOUT_KEY set"
            return Line(says, "release", Word.HOLD, (reason,), (how,), (seen.entry,))
    return Line(says, "release", Word.PASS, (str(release),), used=(seen.entry,) if seen else (), proven=1)


def _whole(context: Context, *, unchanged: bool) -> Line:
    """The records are whole, and so are the definitions they were compared with."""
    says = "The records are whole and can be believed"
    troubles = list(context.records.troubles)
    if not unchanged:
        troubles.append("the definitions changed while it was decided")
    reasons = tuple(trouble.partition("; next: ")[0].partition("\nnext: ")[0] for trouble in troubles)
    commands = {trouble.partition("next: ")[2].strip() or "proveout evidence list" for trouble in troubles}
    return Line(
        says,
        "records",
        Word.HOLD if troubles else Word.PASS,
        reasons,
        tuple(sorted(commands)),
        proven=int(not troubles),
    )


def _unchanged(context: Context) -> bool:
    """Return whether the definitions that evidence was compared with are still those on the disk."""
    environments = context.system.environments.values()
    compared = [e for e in environments if e.id in context.definitions]
    return all(of_files(definition_files(e)) == context.definitions[e.id] for e in compared)
