"""No critical error in the log, over all the time that the evidence is from; silence is not health."""

from proveout.evidence.store import Entry
from proveout.gates.context import Context
from proveout.gates.line import Line
from proveout.gates.records import Seen
from proveout.model.gate import LogsRule
from proveout.model.verdict import Word


def logs(rule: LogsRule, context: Context) -> Line:
    """The logs of the runs that the other rules rest on, without a gap between them, each seen to be live."""
    environment = context.environment()
    runs = [
        seen
        for _, seen in sorted(context.runs.items())
        if seen.run.environment == environment.id and seen.run.provenance in context.direct
    ]
    command = f"pytest --env={environment.id} --env-root=DIR (or --env-machine) -m smoke"
    if not runs:
        reason = "there is no evidence yet whose time the log could be read for"
        return Line.of(rule, Word.HOLD, (reason,), (command,))
    begun, ended = min(s.run.begun for s in runs), max(s.run.ended for s in runs)
    found = _all(runs, context, begun)
    critical = [s for s in found if s.run.log.critical and (s.run.log.latest or begun) >= begun]
    reasons = [f"{s.run.log.critical} critical, such as: {_example(s)}" for s in critical[:3]]
    word = Word.FAIL
    if not critical:
        reasons = _unknown(runs) or _gaps(found, begun, ended, copies=context.rehearsal)
        word = Word.HOLD if reasons else Word.PASS
    used: dict[int, Entry] = {seen.entry.number: seen.entry for seen in (critical or runs)}
    for entry in used.values():
        context.records.use(entry)
    return Line.of(
        rule,
        word,
        tuple(reasons),
        {Word.PASS: (), Word.HOLD: (command,), Word.FAIL: ("mend the cause, then run the tiers again",)}[
            word
        ],
        used=tuple(used.values()),
    )


def _all(runs: list[Seen], context: Context, begun: str) -> list[Seen]:
    """Return these runs and all others about the same environment since then: an error is in any of them."""
    found = {seen.entry.number: seen for seen in runs}
    for entry in context.entries(context.environment().id, since=begun):
        seen = context.records.run(entry)
        if seen is not None and seen.run.ended >= begun:
            found[entry.number] = seen
    return list(found.values())


def _example(seen: Seen) -> str:
    return next(iter(seen.run.log.examples), "no example was kept")


def _unknown(runs: list[Seen]) -> list[str]:
    """Return why the log of a run that the decision rests on is not known, each reason once."""
    reasons = []
    for seen in runs:
        log = seen.run.log
        if log.unknown is not None or log.begun is None or log.ended is None:
            reasons.append(f"run {seen.run.run}: {log.unknown or 'its log was not read'}")
        elif not log.live:
            reasons.append(f"run {seen.run.run}: the log was not seen to be live: {log.how}")
    return list(dict.fromkeys(reasons))


def _gaps(found: list[Seen], begun: str, ended: str, *, copies: bool) -> list[str]:
    """Return the times between the first and the last evidence that no log was read for.

    Copies live as long as their run, so nothing lies between two of them.
    """
    if copies:
        return []
    windows = sorted(
        (seen.run.log.begun, seen.run.log.ended)
        for seen in found
        if seen.run.log.begun is not None and seen.run.log.ended is not None
    )
    reached = begun
    for start, end in windows:
        if start > reached:
            return [f"no log was read from {reached} to {start}"]
        reached = max(reached, end)
    return [] if reached >= ended else [f"no log was read from {reached} to {ended}"]
