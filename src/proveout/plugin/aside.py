"""Sets a check aside where the target, or the access to it, does not let it run."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proveout.model.environment import EFFECTS
from proveout.plugin.check import Check
from proveout.plugin.permission import LOADING, objection
from proveout.providers.plan import Plan

if TYPE_CHECKING:
    from proveout.plugin.run import Run


@dataclass(frozen=True)
class Aside:
    """A check that does not run here: `kind` is the access it lacks, or effect, twin, together, blocked."""

    check: Check
    kind: str
    reason: str


def set_aside(check: Check, run: "Run") -> Aside | None:
    """Return why a check does not run here and what would let it, or None if it runs."""
    plans = {plan.environment.id: plan for plan in run.plans}
    everywhere = (*check.environments, *check.beside)
    if any(environment not in plans for environment in everywhere):
        system = check.environments[0].partition("/")[0]
        order = run.catalogue.systems[system].order
        names = ", ".join(name for name in order if f"{system}/{name}" in everywhere)
        return Aside(check, "together", f"needs {names} in one run: --env={system}")
    for environment in everywhere:
        if trouble := run.blocked.get(environment):
            # That it does not start is what a check of its start has to say.
            if trouble.kind == "not-started" and "started" in check.needs:
                continue
            return Aside(check, "blocked", trouble.reason.splitlines()[0])
        found = _by_target(check, plans[environment], run) or _by_access(check, plans[environment])
        if found is not None:
            return found
    return None


def _by_target(check: Check, plan: Plan, run: "Run") -> Aside | None:
    environment = plan.environment.id
    if not plan.disposable:
        claims = [run.catalogue.claim(claim) for claim in check.about]
        allowed = plan.environment.effects
        if any(claim and claim.proof == "twin" for claim in claims):
            how = f"proven on a copy only: pytest --env={environment} {_to_a_copy(plan)}"
            return Aside(check, "twin", how)
        if check.effect not in allowed.live:
            live = ", ".join(effect for effect in EFFECTS if effect in allowed.live) or "nothing"
            return Aside(check, "effect", f"the check {check.effect}, the live environment allows {live}")
        if LOADING & set(check.marks):
            system = run.catalogue.system_of(plan.environment)
            if reason := objection(plan, system, granted=run.config.option.load_on_prod):
                return Aside(check, "effect", reason)
    if environment in run.only_reads and check.effect != "reads":
        return Aside(check, "identity", "the target did not say who it is: only reading checks run")
    return None


def _to_a_copy(plan: Plan) -> str:
    """Return the option that starts a copy: of what is live, where the definition says what that is."""
    start = plan.environment.start
    if plan.environment.artifact is not None:
        return "--env-twin --env-root=DIR"
    return "--env-twin" if start and start.artifact else "--env-provider process"


def _by_access(check: Check, plan: Plan) -> Aside | None:
    missing = plan.lacking()
    if "browser" in check.needs:
        from proveout.access import browser  # noqa: PLC0415 - only runs with checks of pages look for one

        if reason := browser.lacking():
            missing["browser"] = reason
    return next((Aside(check, need, how) for need, how in missing.items() if need in check.needs), None)
