"""That an environment was verified whole after it had to be recovered."""

from proveout.gates.context import Context
from proveout.gates.events import on_record
from proveout.gates.line import Line
from proveout.model.gate import RecoveredRule
from proveout.model.verdict import Word


def recovered(rule: RecoveredRule, context: Context) -> Line:
    """All of the smoke tier was proven since the newest recovery, if there is one on record."""
    environment = context.environment(rule.environment)
    known = list(on_record(context.records, environment.id))
    # Of several the latest asks for most, also where it was not the last to be recorded.
    entry, event = max(known, key=lambda one: one[1].at, default=(None, None))
    if entry is None or event is None:
        return Line.of(
            rule,
            Word.PASS,
            (f"no recovery is on record (proveout event {environment.id} recovery puts one there)",),
        )
    context.records.use(entry)
    newest = context.newest(environment.id)
    claims = [c for c in context.system.checkable(environment.name) if c.tier == "smoke"]
    found = context.ask(
        environment,
        claims,
        since=event.at,
        release=newest.release if newest else context.release,
    )
    used = (entry, *context.use(found))
    failed = [claim for claim, standing in found.items() if standing.word is Word.FAIL]
    held = [claim for claim, standing in found.items() if standing.word is Word.HOLD]
    word = Word.FAIL if failed else Word.HOLD if held else Word.PASS
    what = f"failed since the recovery of {event.at}: {', '.join(failed)}"
    open_ = f"not proven since the recovery of {event.at}: {', '.join(held)}"
    return Line.of(
        rule,
        word,
        tuple(text for text, claims_ in ((what, failed), (open_, held)) if claims_),
        () if word is Word.PASS else (f"pytest --env={environment.id} -m smoke",),
        used=used,
        proven=sum(standing.word is Word.PASS for standing in found.values()),
        required=max(1, len(claims)),
    )
