"""A span under watch: how long the version ran, how complete it was measured, and what broke it."""

from proveout.evidence.instant import moment
from proveout.evidence.reading import Soak
from proveout.gates.context import Context
from proveout.gates.line import Line
from proveout.gates.records import Seen
from proveout.model.gate import SoakRule
from proveout.model.quantity import brief
from proveout.model.verdict import Word


def soak(rule: SoakRule, context: Context) -> Line:
    """The newest soak of the version: long enough, complete, one version, no restart."""
    environment = context.environment()
    copies = " --env-provider process" if context.rehearsal else ""
    command = f"pytest --env={environment.id}{copies} -m soak"
    seen, reason = _newest(rule, context)
    if seen is None or seen.run.soak is None:
        return Line.of(rule, Word.HOLD, (reason,), (command,))
    context.runs[seen.entry.number] = seen
    context.records.use(seen.entry)
    complaints = _complaints(rule, seen.run.soak, rehearsal=context.rehearsal)
    failed = seen.run.soak.word == "FAIL" or bool(seen.run.failed)
    word = Word.FAIL if failed else Word.HOLD if complaints else Word.PASS
    if failed:
        complaints.insert(0, f"the soak failed: {', '.join(sorted(seen.run.failed)) or 'see its report'}")
    return Line.of(
        rule,
        word,
        tuple(complaints),
        () if word is Word.PASS else (command,),
        used=(seen.entry,),
    )


def _newest(rule: SoakRule, context: Context) -> tuple[Seen | None, str]:
    """Return the newest soak that counts, or why there is none."""
    environment = context.environment()
    reason = f"no soak of the last {brief(rule.within or context.gate.within)} is on record"
    for entry in context.entries(environment.id, since=context.since(rule)):
        seen = context.records.run(entry)
        if seen is None or seen.run.soak is None or context.release.same(seen.release) is False:
            continue
        if seen.run.soak.word == "FAIL":
            return seen, ""
        if seen.run.soak.rehearsal and not context.rehearsal:
            # It neither opens the gate nor hides a soak that does.
            reason = "only a rehearsal of a soak is on record: a day's load in less than its time"
            continue
        if context.release.same(seen.release) is None:
            reason = "a soak is on record, but not of which version"
        elif seen.run.definition.digest != context.definition(environment):
            reason = "the definition or the gate was changed since the soak"
        elif not context.records.is_signed(entry):
            reason = "nobody who is trusted signed the soak"
        elif seen.run.void is not None:
            reason = f"the soak says nothing: {seen.run.void}"
        elif seen.run.ended < context.since(rule):
            continue
        else:
            return seen, ""
        return None, reason
    return None, reason


def _complaints(rule: SoakRule, found: Soak, *, rehearsal: bool) -> list[str]:
    span = moment(found.ended).timestamp() - moment(found.begun).timestamp()
    complaints = []
    if span < rule.span and not rehearsal:
        complaints.append(f"it ran {brief(span)}, the gate asks for {brief(rule.span)}")
    elif found.elapsed < rule.span * rule.filled and not rehearsal:
        complaints.append(
            f"{brief(found.elapsed)} of {brief(span)} were measured, the gate asks for {brief(rule.span)}"
        )
    if found.slots <= 0 or found.filled / found.slots < rule.filled:
        complaints.append(
            f"{found.filled} of {found.slots} slots were measured, {rule.filled:.0%} are needed"
        )
    if found.longest_gap > rule.gap:
        complaints.append(f"nothing was measured for {brief(found.longest_gap)}; at most {brief(rule.gap)}")
    if found.longest_slice > (rule.slice or rule.gap):
        allowed = f"at most {brief(rule.slice)}" if rule.slice else "the gate allows it no stops (slice)"
        complaints.append(f"it was stopped for {brief(found.longest_slice)} between two parts; {allowed}")
    if found.versions != 1:
        complaints.append(f"{found.versions} versions ran in it")
    if found.restarts:
        complaints.append(f"the target was restarted {found.restarts} times")
    if found.word == "HOLD":
        complaints.append("its own verdict is HOLD")
    return complaints
