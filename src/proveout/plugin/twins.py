"""Twins: what a copy of the live environment is made from, which is only read."""

from pathlib import Path
from typing import TYPE_CHECKING

from proveout.access.answer import Unknowable
from proveout.access.carriage import carry
from proveout.access.http import Http
from proveout.access.machine import Machine
from proveout.evidence.artifact import Unreadable
from proveout.model.verdict import Word
from proveout.plugin.census import Trouble
from proveout.providers.address import port_of
from proveout.providers.plan import Live, Plan
from proveout.providers.target import Target
from proveout.safety.guard import Guard
from proveout.safety.identity import Identity
from proveout.safety.policy import Policy

if TYPE_CHECKING:
    from proveout.plugin.run import Run


class NotMade(Exception):
    """There is no twin; `trouble` says why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.reason)
        self.trouble = trouble


def original(run: "Run", plan: Plan, live: Live) -> Path | None:
    """Return a copy of the live artifact, None where the definition's own is started; remember whose it is.

    Raises:
        NotMade: the live target is another environment, or its artifact cannot be had or is not the stated.
    """
    environment = plan.environment
    identity = _asked(run, plan, live) if live.url else None
    if identity and identity.finding(environment.name) == "other":
        reason = f"{live.url} says it is {identity.environment}, a twin of {environment.id} was wanted"
        raise NotMade(Trouble(Word.HOLD, reason, "refused"))
    stated = run.wishes.artifacts.get(environment.id)
    version = identity.version if identity else None
    if not live.at_hand or environment.artifact is None:
        run.twins[environment.id] = {"version": version, "artifact": stated}
        return None
    # Where only the machine is named, its directory is that of the process that listens.
    port = port_of(live.url) if live.url else environment.network.port
    machine = Machine.at(live.connection, live.root, port)
    try:
        place, digest = carry(machine, environment.artifact.path, run.folder_of(environment) / "artifact")
    except (Unreadable, Unknowable) as error:
        reason = f"there is no twin of the live {environment.id}: {error}"
        raise NotMade(Trouble(Word.HOLD, reason)) from None
    finally:
        machine.close()
    run.twins[environment.id] = {"version": version, "artifact": digest}
    if stated not in {None, digest}:
        reason = f"the live artifact is sha256:{digest}, --env-artifact is sha256:{stated}; nothing was run"
        raise NotMade(Trouble(Word.FAIL, reason, "other-version"))
    return place


def _asked(run: "Run", plan: Plan, live: Live) -> Identity:
    """Ask the live target who it is, and nothing else."""
    target = Target(plan.environment, "live", live.url or "")
    http = Http(target.url, Guard(Policy.of(target), plan.environment.budgets))
    try:
        return run.identity_at(http, plan.environment)
    finally:
        http.close()
