"""That what runs is a merge on its line, and no patch that somebody put there."""

from proveout.gates.context import Context
from proveout.gates.line import Line
from proveout.model.gate import MergedRule
from proveout.model.verdict import Word


def merged(rule: MergedRule, context: Context) -> Line:
    """The commit of the served version has two parents and lies on the line of the environment."""
    environment = context.environment()
    if context.rehearsal:
        left_out = "a copy is started from files, not from a merge"
        return Line.left(rule, left_out)
    reason = "no run says which commit is served"
    for entry in context.entries(environment.id, since=context.since(rule)):
        seen = context.records.run(entry)
        if seen is None or seen.run.void or context.release.same(seen.release) is not True:
            continue
        origin = seen.run.origin
        if origin.unknown is not None or origin.commit is None:
            reason = origin.unknown or reason
            continue
        if origin.merge and (seen.run.ended < context.since(rule) or not context.records.is_signed(entry)):
            continue
        context.records.use(entry)
        if origin.merge:
            return Line.of(rule, Word.PASS, used=(entry,))
        complaint = f"commit {origin.commit[:12]} is no merge on the line {origin.line}"
        return Line.of(
            rule,
            Word.FAIL,
            (complaint,),
            (f"merge the change into {origin.line}, deploy the merge, and run the tiers again",),
            used=(entry,),
        )
    command = (
        f"pytest --env={environment.id} --env-source=DIR -m smoke, with DIR a git checkout of the system"
    )
    return Line.of(rule, Word.HOLD, (reason,), (command,))
