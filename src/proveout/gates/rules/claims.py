"""Claims that must be proven: all of a tier, or those that a rule names."""

import re
from collections.abc import Iterator
from dataclasses import replace

from proveout.evidence.reading import RunEvidence
from proveout.gates.context import Context
from proveout.gates.line import Line
from proveout.gates.standing import Standing
from proveout.model.claim import NO_CHECK, Claim
from proveout.model.environment import Environment
from proveout.model.gate import ClaimsRule, TierRule
from proveout.model.verdict import Word

SHOWN = 6  # claims named with their reason; the rest is counted
ADVICE = re.compile(r"^unverified: .*: (--env-[a-z-]+(?:[= ][^\s,;]+)?)")


def tier(rule: TierRule, context: Context) -> Line:
    """All claims of a tier about an environment; where asked for, from one run, and with figures."""
    environment = context.environment(rule.environment)
    claims = [c for c in context.system.checkable(environment.name) if c.tier == rule.tier]
    since = context.since(rule)
    found = context.ask(environment, claims, since=since, served=rule.decides)
    line = _line(rule, context, environment, claims, found)
    if line.word is not Word.PASS:
        return line
    missing = []
    if rule.whole and not _whole(context, environment, claims, since):
        missing.append(f"no single run executed the whole {rule.tier} tier; it was pieced together")
    if rule.figures and not any(
        attempt.figures
        for entry in line.used
        if entry.number in context.runs
        for attempt in context.runs[entry.number].run.executed({*rule.decides, *(c.id for c in claims)})
    ):
        missing.append(f"the {rule.tier} tier left no figures of what it measured")
    if not missing:
        return line
    command = f"pytest --gate={context.gate.id}, or pytest --env={environment.id} -m {rule.tier} without -k"
    return replace(line, word=Word.HOLD, reasons=tuple(missing), next=(command,), proven=line.proven - 1)


def named(rule: ClaimsRule, context: Context) -> Line:
    """The claims that the rule names, for one environment."""
    environment = context.environment(rule.environment)
    claims = [context.system.by_claim[claim] for claim in rule.claims]
    found = context.ask(environment, claims, since=context.since(rule), served=rule.decides)
    return _line(rule, context, environment, claims, found)


def _line(
    rule: TierRule | ClaimsRule,
    context: Context,
    environment: Environment,
    claims: list[Claim],
    found: dict[str, Standing],
) -> Line:
    waived = _waived(context, environment, found)
    failed = {c: s for c, s in found.items() if s.word is Word.FAIL and c not in waived}
    held = {c.id: found[c.id] for c in claims if found[c.id].word is Word.HOLD}
    word = Word.FAIL if failed else Word.HOLD if held or not claims else Word.PASS
    asked = [claim for claim in claims if claim.id in failed or claim.id in held]
    return Line.of(
        rule,
        word,
        reasons=(*_failures(failed, context), *_gaps(held), *([] if claims else ["no claim is meant"])),
        commands=() if word is Word.PASS else _next(environment, asked or claims, found, context),
        used=context.use(found),
        proven=sum(found[c.id].word is Word.PASS or c.id in waived for c in claims),
        required=max(1, len(claims)),
        waived=tuple(f"{claim} ({reason})" for claim, reason in waived.items()),
    )


def _waived(context: Context, environment: Environment, found: dict[str, Standing]) -> dict[str, str]:
    waived = {}
    for claim, standing in found.items():
        reason = context.waived.get((environment.id, claim))
        if reason is not None and standing.word is Word.FAIL and _one_claim(standing):
            context.matched.add((environment.id, claim))
            waived[claim] = reason
    return waived


def _one_claim(standing: Standing) -> bool:
    """Return whether it is the claim that failed, and not the environment as a whole."""
    return standing.seen is not None and standing.seen.run.down is None


def _failures(failed: dict[str, Standing], context: Context) -> list[str]:
    told = []
    for claim, standing in list(failed.items())[:SHOWN]:
        known = context.system.by_claim.get(claim)
        first = standing.reason.strip().splitlines()
        told.append(f"{claim}: {known.says if known else ''}: {first[0] if first else 'it failed'}")
    return told + ([f"and {len(failed) - SHOWN} more failed"] if len(failed) > SHOWN else [])


def _gaps(held: dict[str, Standing]) -> list[str]:
    by_reason: dict[str, list[str]] = {}
    for claim, standing in held.items():
        by_reason.setdefault(standing.reason, []).append(claim)
    told = []
    for reason, claims in by_reason.items():
        more = f" and {len(claims) - SHOWN} more" if len(claims) > SHOWN else ""
        told.append(f"{', '.join(claims[:SHOWN])}{more}: {reason}")
    return told


def _next(
    environment: Environment, claims: list[Claim], found: dict[str, Standing], context: Context
) -> tuple[str, ...]:
    """Return the commands that would prove these claims, each once."""
    commands: dict[str, None] = {}
    for claim in claims:
        reason = found[claim.id].reason
        if NO_CHECK in reason:
            commands["proveout claims, then write the checks that are missing"] = None
            continue
        where = environment.system if claim.scope == "together" else environment.id
        twin = " --env-twin" if claim.proof == "twin" else ""
        copies = " --env-provider process" if context.rehearsal else twin
        # A claim that a run could not verify says with which option the next one can.
        option = ADVICE.search(reason)
        commands[f"pytest --env={where}{copies}{f' {option[1]}' if option else ''} -m {claim.tier}"] = None
    return tuple(commands)


def _whole(context: Context, environment: Environment, claims: list[Claim], since: str) -> bool:
    """Return whether for each proof one run executed all claims of it."""
    for proof in ("live", "twin"):
        wanted = {claim.id for claim in claims if claim.proof == proof}
        runs = _runs(context, environment, since)
        if not any(wanted <= {*run.proven, *run.failed} for run in runs):
            return False
    return True


def _runs(context: Context, environment: Environment, since: str) -> Iterator[RunEvidence]:
    """Return the runs about an environment that results of the version in question may come from."""
    for entry in context.records.newest_first("run"):
        if entry.stored < since:
            return
        if entry.facts.get("environment") != environment.id:
            continue
        if entry.facts.get("provenance") == "reference" and not context.rehearsal:
            continue
        seen = context.records.run(entry)
        if seen is None or seen.run.void or context.release.same(seen.release) is not True:
            continue
        if seen.run.definition.digest == context.definition(environment):
            yield seen.run
