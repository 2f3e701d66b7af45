"""The words of a verdict: short enough for three in the morning, complete enough to act on."""

import textwrap
from typing import TYPE_CHECKING

from proveout.model.mistake import shown
from proveout.plugin.census import Judgement
from proveout.plugin.collected import Collected
from proveout.plugin.soak_wish import span

if TYPE_CHECKING:
    from proveout.plugin.run import Run

WIDTH = 110
SOAK_PAGE = "soak.html"


def verdict_lines(run: "Run", judgement: Judgement) -> list[str]:
    """Return the paragraph about one environment."""
    target = run.targets.get(judgement.environment)
    plan = run.plan_of(judgement.environment)
    identity = run.identities.get(judgement.environment)
    version = f"version {identity.version}" if identity and identity.version else ""
    where = target.url if target else plan.url or ""
    lines = ["", "  ".join(part for part in (judgement.environment, plan.provenance, where, version) if part)]
    counts = []
    if judgement.failed_checks:
        counts.append(f"{len(judgement.failed_checks)} failed")
    if judgement.unverified:
        counts.append(f"{len(judgement.unverified)} unverified")
    lines.append(f"{judgement.verdict}   {', '.join(counts)}".rstrip())
    for reason in judgement.verdict.reasons:
        if not reason.endswith(" failed"):
            lines += _indented(reason, 2)
    lines += _failures(run, judgement)
    lines += _unverified(judgement)
    folder = run.folder_of(plan.environment)
    lines += ["", f"  evidence: {shown(folder / 'evidence.json')}"]
    if (folder / SOAK_PAGE).is_file():
        lines.append(f"  soak:     {shown(folder / SOAK_PAGE)}")
    return lines


def _failures(run: "Run", judgement: Judgement) -> list[str]:
    lines: list[str] = []
    told: set[str] = set()
    for claim_id, messages in judgement.failed.items():
        claim = run.catalogue.claim(claim_id)
        lines += ["", f"  {claim_id}   {claim.says if claim else ''}"]
        for message in messages:
            lines += _indented(message, 6)
        told.add(claim_id)
        lines += [f"      {line}" for line in _look_and_repeat(run, judgement, claim_id)]
    for check in run.census.collected.selected:
        if check.node in judgement.failed_checks and not told & set(check.claims):
            lines += ["", f"  {', '.join(check.about)}   ({check.node})"]
            lines += _indented(judgement.failed_checks[check.node], 6)
    return lines


def _look_and_repeat(run: "Run", judgement: Judgement, claim_id: str) -> list[str]:
    target = run.targets.get(judgement.environment)
    look = [f"look at: {shown(target.log_to_read)}"] if target and target.log_to_read else []
    node = next(
        (
            c.node
            for c in run.census.collected.selected
            if claim_id in c.claims and c.node in judgement.failed_checks
        ),
        "",
    )
    name = node.rpartition("::")[2].partition("[")[0]
    return [*look, f"again:   pytest --env={judgement.environment} -k {name}"]


def _unverified(judgement: Judgement) -> list[str]:
    by_reason: dict[str, list[str]] = {}
    for claim, reason in judgement.unverified.items():
        by_reason.setdefault(reason, []).append(claim)
    lines: list[str] = []
    for reason, claims in by_reason.items():
        text = f"unverified: {', '.join(claims)} ({reason})"
        lines += [
            "",
            *textwrap.wrap(
                text, WIDTH, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False
            ),
        ]
    return lines


def _indented(message: str, by: int) -> list[str]:
    lines: list[str] = []
    for line in message.splitlines()[:12]:
        keep = line[:600]
        lines += textwrap.wrap(
            keep, WIDTH, initial_indent=" " * by, subsequent_indent=" " * by, break_on_hyphens=False
        ) or [""]
    return lines


def plan_lines(run: "Run") -> list[str]:
    """Return what a run would do: per environment the target, the checks, and what would be set aside."""
    collected: Collected = run.census.collected
    lines = [*_soak_lines(run)]
    for plan in run.plans:
        i = plan.environment.id
        where = plan.url or "a copy would be started"
        lines.append(f"{i}  {plan.provenance}  {where}" + (f"  ({plan.source})" if plan.source else ""))
        lines += [
            f"  would run  {check.effect:8}  {', '.join(check.about)}  {check.node.rpartition('::')[2]}"
            for check in collected.selected
            if i in check.environments
        ]
        lines += [
            f"  set aside  {aside.check.effect:8}  {', '.join(aside.check.about)}  ({aside.reason})"
            for aside in collected.aside
            if i in aside.check.environments
        ]
        claims = run.census.in_question(
            run.catalogue.system_of(plan.environment).checkable(plan.environment.name),
            run.config.option.markexpr or "",
        )
        about = {claim for c in collected.selected if i in c.environments for claim in c.claims}
        lines.append(f"  {len(about & {c.id for c in claims})} of {len(claims)} claims would be looked at")
        lines.append("")
    lines.append("a plan only: nothing was started, asked or verified")
    return lines


def _soak_lines(run: "Run") -> list[str]:
    soaks = run.config.pluginmanager.get_plugin("proveout-soaks")
    wish = soaks.wish if soaks is not None else None
    if wish is None:
        return []
    how = f"would go on with {shown(wish.resume)}" if wish.resume else "would begin"
    profile = f"profile {wish.profile.name} for {span(wish.profile.duration)}"
    note = f" ({wish.note})" if wish.note else ""
    return [
        f"{wish.environment}  a soak {how}: {profile}{note}, about {wish.visits:,} visits",
        f"  its ledger would lie in {shown(wish.folder)}",
    ]
