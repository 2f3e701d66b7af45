"""That each environment was looked at, recently; not that it was well."""

from proveout.gates.context import Context
from proveout.gates.line import Line
from proveout.model.gate import MonitoredRule
from proveout.model.quantity import brief
from proveout.model.verdict import Word

LEFT_OUT = "only live environments are monitored"


def monitored(rule: MonitoredRule, context: Context) -> Line:
    """Each environment has a fresh record in which its health was asked for."""
    if context.rehearsal:
        return Line.left(rule, LEFT_OUT)
    used, complaints, commands = [], [], []
    for name in rule.environments:
        environment = context.environment(name)
        since = context.since(rule)
        seen = next(
            (
                seen
                for entry in context.entries(environment.id, since=since)
                if (seen := context.records.run(entry))
                and seen.run.ended >= since
                and seen.run.attempts
                and seen.run.definition.digest == context.definition(environment)
                and context.records.is_signed(entry)
            ),
            None,
        )
        if seen is None:
            limit = brief(rule.within or context.gate.within)
            complaints.append(f"{environment.id} as it is defined now was not looked at in the last {limit}")
            commands.append(f"pytest --env={environment.id} -m smoke")
        else:
            context.records.use(seen.entry)
            used.append(seen.entry)
    return Line.of(
        rule,
        Word.HOLD if complaints else Word.PASS,
        tuple(complaints),
        tuple(commands),
        used=tuple(used),
        proven=len(used),
        required=len(rule.environments),
    )
