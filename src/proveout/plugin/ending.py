"""The end of a run: identity once more, verdicts, evidence, and the copies let go."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from proveout.evidence.artifact import Artifact
from proveout.evidence.digest import sums
from proveout.evidence.person import person
from proveout.evidence.statement import Attempt, Record
from proveout.model.environment import Environment
from proveout.model.files import write_text
from proveout.model.verdict import Word
from proveout.plugin.census import Judgement, Outcome
from proveout.plugin.keeping import NotStored, is_written, remove_evidence, store_evidence, write_evidence
from proveout.providers.plan import Plan

if TYPE_CHECKING:
    from proveout.plugin.run import Run
    from proveout.plugin.soak import Soaks


def conclude(run: "Run", *, cut_short: bool) -> None:
    """Judge every environment and write its evidence; then end the copies and sum up the files."""
    targets = run.config.pluginmanager.get_plugin("proveout-targets")
    if targets is None:
        raise RuntimeError("the targets of the run are not registered")
    targets.check_again()
    targets.windows.close()
    _note_refusals(run)
    if cut_short:
        for plan in run.plans:
            run.trouble(plan.environment.id, Word.HOLD, "the run was cut short", kind="cut-short")
    _judge_all(run)
    targets.release()
    _remove_leaks(run)
    for plan in run.plans:
        _store(run, plan)
    _sum_up(run)


def _judge_all(run: "Run") -> None:
    run.judged = {}
    for plan in run.plans:
        _conclude(run, plan)


def _conclude(run: "Run", plan: Plan) -> None:
    """Judge one environment and write its evidence; a verdict without its record is on hold."""
    i = plan.environment.id
    judgement = _judge(run, plan)
    if judgement is None:
        return
    run.judged[i] = judgement
    try:
        write_evidence(run, _record(run, plan, judgement))
    except OSError as error:
        remove_evidence(run, plan.environment)
        run.trouble(i, Word.HOLD, f"the evidence could not be written: {error.strerror}")
        run.judged[i] = _judge(run, plan) or judgement


def _store(run: "Run", plan: Plan) -> None:
    """Store what was written, now that no secret is in it; what is not stored no gate will see."""
    i = plan.environment.id
    if i not in run.judged or not is_written(run, plan.environment):
        return
    try:
        store_evidence(run, plan.environment)
    except NotStored as error:
        run.trouble(i, Word.HOLD, f"the evidence could not be stored: {error}")
        _conclude(run, plan)


def _sum_up(run: "Run") -> None:
    files = ("junit.xml", "*/evidence.json", "*/evidence.dsse.json", "*/target.log")
    names = [name for pattern in files for name in run.folder.glob(pattern) if name.is_file()]
    # On a full disk the evidence was not written either, and that has been said.
    with suppress(OSError):
        write_text(run.folder / "SHA256SUMS", sums(run.folder, names))


def _remove_leaks(run: "Run") -> None:
    """A secret in a file that people pass around is a failure of the run, whatever the checks found."""
    leaks = run.redaction.remove_leaks(run.folder)
    if not leaks:
        return
    for leak in leaks:
        run.trouble(run.plans[0].environment.id, Word.FAIL, f"secret leaked: {leak}", kind="leaked")
    _judge_all(run)


def _note_refusals(run: "Run") -> None:
    for environment, guard in run.guards.items():
        for call in [*guard.refusals, *run.refused_calls.get(environment, ())][:1]:
            run.trouble(environment, Word.HOLD, f"the guard refused: {call}", kind="refused")


def _judge(run: "Run", plan: Plan) -> Judgement | None:
    environment = plan.environment
    checkable = run.catalogue.system_of(environment).checkable(environment.name)
    claims = run.census.in_question(checkable, run.config.option.markexpr or "")
    concerned = any(environment.id in check.environments for check in run.census.collected.selected)
    if not claims and not concerned and environment.id not in run.blocked:
        return None
    return run.census.judge(
        environment.id,
        claims,
        troubles=run.troubles.get(environment.id, []),
        require=run.wishes.require,
        note="; ".join(note for note in (_soaks(run).note(environment.id), _note(plan)) if note),
    )


def _soaks(run: "Run") -> "Soaks":
    soaks: Soaks | None = run.config.pluginmanager.get_plugin("proveout-soaks")
    if soaks is None:
        raise RuntimeError("the soaks of the run are not registered")
    return soaks


def _note(plan: Plan) -> str:
    name = plan.environment.name
    return {
        "live": "",
        "twin": f"twin: says what the artifact does, not what runs in your {name}",
        "reference": f"reference: says nothing about your {name}",
    }[plan.provenance]


def _record(run: "Run", plan: Plan, judgement: Judgement) -> Record:
    environment = plan.environment
    target = run.targets.get(environment.id)
    identity = run.identities.get(environment.id)
    guard = run.guards.get(environment.id)
    option = run.config.option
    return Record(
        run=run.id,
        environment=environment,
        provenance=plan.provenance,
        url=target.url if target else plan.url,
        said={
            "environment": identity.environment if identity else None,
            "version": identity.version if identity else None,
        },
        moved=target.moved if target else {},
        begun=run.begun,
        ended=datetime.now(UTC),
        selection={"env": option.env, "markers": option.markexpr, "keywords": option.keyword},
        verdict=judgement.verdict,
        proven=judgement.proven,
        failed=judgement.failed,
        unverified=judgement.unverified,
        attempts=tuple(_attempts(run, environment)),
        requests=(guard.requests if guard else 0)
        + run.requests_of_loads[environment.id]
        + run.requests_of_workers[environment.id],
        artifact=run.artifacts.get(environment.id) or Artifact(None, "none", "", "no target was obtained"),
        log=run.logs.get(environment.id) or {"unknown": "nothing was run, so no log was read"},
        origin=run.origins.get(environment.id) or {"unknown": "nothing was run"},
        by=person(),
        troubles=tuple(trouble.as_json() for trouble in run.troubles.get(environment.id, ())),
        twin_of=run.twins.get(environment.id),
        soak=_soaks(run).facts(environment.id),
    )


def _attempts(run: "Run", environment: Environment) -> list[Attempt]:
    attempts = []
    for check in run.census.collected.selected:
        if environment.id in check.environments:
            outcome = run.census.outcomes.get(check.node, Outcome())
            attempts.append(
                Attempt(
                    check.node,
                    check.about,
                    outcome.ending,
                    outcome.seconds,
                    outcome.message,
                    outcome.figures,
                )
            )
    return attempts
