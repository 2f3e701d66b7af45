"""The order of a promotion: what was decided before, what runs at the far end, and how it came there."""

from collections.abc import Iterator
from itertools import pairwise

from proveout.evidence.instant import written
from proveout.evidence.malformed import Malformed
from proveout.evidence.store import Entry
from proveout.gates.context import Context
from proveout.gates.events import on_record
from proveout.gates.line import Line
from proveout.gates.records import Seen
from proveout.gates.summary import Past, read
from proveout.model.environment import Environment
from proveout.model.gate import DeployedRule, PromotedRule, RecordRule
from proveout.model.quantity import brief
from proveout.model.verdict import Word

COPIES = "a rehearsal starts its copies itself"


def promoted(rule: PromotedRule, context: Context) -> Line:
    """The gate before this one let the same version through, by the definitions of now."""
    begin = {end: begin for begin, end in pairwise(context.system.order)}.get(context.gate.begin)
    if begin is None:
        reason = f"{context.gate.begin} is where the way begins; no gate leads there"
        return Line.of(rule, Word.HOLD, (reason,))
    before = f"{context.gate.system}/{begin}-{context.gate.begin}"
    now = context.definitions_of(begin, context.gate.begin)
    reason = f"no decision of {before} on record let {context.release} through"
    for entry, past in _decisions(context, before, context.rehearsal):
        if past.decided < context.since(rule):
            break
        if past.word != "PASS" or past.release.same(context.release) is not True:
            continue
        if past.definitions != now:
            reason = f"the definitions or the gate were changed since {before} let it through"
        elif not context.records.is_signed(entry):
            reason = f"nobody who is trusted signed the decision of {before}"
        else:
            context.records.use(entry)
            return Line.of(rule, Word.PASS, used=(entry,))
    rehearse = " --rehearse" if context.rehearsal else ""
    command = f"pytest --gate={before}{rehearse}"
    return Line.of(rule, Word.HOLD, (reason,), (command,))


def record(rule: RecordRule, context: Context) -> Line:
    """What was last seen at the far end is adopted, or a decision of this gate let it through."""
    if context.rehearsal:
        return Line.left(rule, COPIES)
    environment = context.environment(context.gate.end)
    seen, reason = _last_seen(context, environment, context.since(rule))
    if seen is None:
        command = f"pytest --env={environment.id} -m smoke"
        return Line.of(rule, Word.HOLD, (reason,), (command,))
    context.records.use(seen.entry)
    word, reason, used = _came_by(seen, context)
    how = "deploy what a decision let through, or name what runs there in adopted of gates.toml"
    return Line.of(
        rule,
        word,
        (reason,) if reason else (),
        () if word is Word.PASS else (how,),
        used=(seen.entry, *used),
    )


def deployed(rule: DeployedRule, context: Context) -> Line:
    """The newest decision that is due was followed by its version or a later one's, or was taken back."""
    if context.rehearsal:
        return Line.left(rule, COPIES)
    environment = context.environment(context.gate.end)
    decided = [(e, p) for e, p in _passed(context) if p.decided >= context.since(rule)]
    due = [(e, p) for e, p in decided if p.decided <= written(context.now, -rule.after)]
    if not due:
        reason = f"no decision is older than {brief(rule.after)}, so none is due"
        return Line.of(rule, Word.PASS, (reason,))
    entry, past = due[0]
    context.records.use(entry)
    seen, reason = _last_seen(context, environment, past.decided)
    if seen is None:
        command = f"pytest --env={environment.id} -m smoke"
        return Line.of(rule, Word.HOLD, (reason,), (command,), (entry,))
    context.records.use(seen.entry)
    wanted = [p.release for _, p in decided if p.decided >= past.decided]
    recovered = any(
        event.at >= past.decided and context.records.is_signed(entry)
        for entry, event in on_record(context.records, environment.id)
    )
    there = any(release.same(seen.release) is True for release in wanted)
    word = Word.PASS if there or recovered else Word.FAIL
    complaint = f"{past.release} was let through at {past.decided}; {environment.id} runs {seen.release}"
    return Line.of(
        rule,
        word,
        () if word is Word.PASS else (complaint,),
        () if word is Word.PASS else (f"deploy it, then pytest --env={environment.id} -m smoke",),
        used=(entry, seen.entry),
    )


def _last_seen(context: Context, environment: Environment, since: str) -> tuple[Seen | None, str]:
    """Return the newest run about the environment as it is defined now, or why there is none."""
    reason = f"what runs in {environment.id} was not looked at since {since}"
    for entry in context.entries(environment.id, since=since):
        seen = context.records.run(entry)
        if seen is None or seen.run.void or seen.run.ended < since:
            continue
        if seen.run.definition.digest != context.definition(environment):
            return None, f"the definition of {environment.id} or the gate was changed since it was looked at"
        if not context.records.is_signed(entry):
            return None, f"nobody who is trusted signed what was seen of {environment.id}"
        return seen, ""
    return None, reason


def _came_by(seen: Seen, context: Context) -> tuple[Word, str, tuple[Entry, ...]]:
    where = seen.run.environment
    if seen.run.down is not None and seen.run.identity.version is None:
        return Word.PASS, f"nothing answers in {where}: {seen.run.down}", ()
    if any(seen.release.called(name) for name in context.gate.adopted):
        return Word.PASS, "", ()
    if not seen.release.known:
        return Word.HOLD, f"what runs in {where} is {seen.release}, a label that moves and no digest", ()
    for entry, past in _passed(context):
        if past.release.same(seen.release) is True:
            context.records.use(entry)
            return Word.PASS, "", (entry,)
    return Word.FAIL, f"{where} runs {seen.release}, which no decision of {context.gate.id} let through", ()


def _passed(context: Context) -> Iterator[tuple[Entry, Past]]:
    for entry, past in _decisions(context, context.gate.id, rehearsal=False):
        if past.word == "PASS" and context.records.is_signed(entry):
            yield entry, past


def _decisions(context: Context, gate: str, rehearsal: bool) -> Iterator[tuple[Entry, Past]]:
    """Return earlier decisions of a gate, the newest first; of rehearsals only for a rehearsal."""
    for entry in context.records.newest_first("decision"):
        if entry.facts.get("gate") != gate or entry.facts.get("rehearsal") is not rehearsal:
            continue
        content = context.records.statement(entry)
        if content is None:
            continue
        try:
            past = read(content)
        except Malformed as error:
            context.records.note(f"record {entry.id} (decision) cannot be read: {error}")
            continue
        if past.gate == gate and past.rehearsal is rehearsal:
            yield entry, past
