"""What the targets of a run are started from: read, compared with what was stated, and read once more."""

from typing import TYPE_CHECKING

from proveout.access.answer import Unknowable
from proveout.access.artifact import artifact_of, digest_at
from proveout.evidence.artifact import Artifact, Unreadable
from proveout.model.verdict import Word
from proveout.providers.target import LOCAL, Target

if TYPE_CHECKING:
    from proveout.plugin.run import Run


def examine(run: "Run", target: Target) -> None:
    """Remember the artifact of a target; one that is not the stated one blocks the environment."""
    i = target.environment.id
    at_hand = target.root is not None or target.connection != LOCAL
    found = artifact_of(target, run.machine(target) if at_hand else None)
    stated = run.wishes.artifacts.get(i)
    if stated is not None and found.digest is None:
        found = Artifact(stated, "stated", "--env-artifact")
    run.artifacts[i] = found
    if stated not in {None, found.digest} and i not in run.blocked:
        reason = f"{found.where} is sha256:{found.digest}, --env-artifact is sha256:{stated}; nothing was run"
        run.blocked[i] = run.trouble(i, Word.FAIL, reason, kind="other-version")


def examine_again(run: "Run", target: Target) -> None:
    """Read the artifact of a live target once more: another one means that it was redeployed."""
    i = target.environment.id
    before = run.artifacts.get(i)
    if target.disposable or before is None or before.how != "read":
        return
    try:
        now = digest_at(run.machine(target), before.where)
    except (Unreadable, Unknowable) as error:
        reason = f"{before.where} cannot be read any more at the end of the run: {error}"
        run.trouble(i, Word.HOLD, reason, kind="unidentified")
        return
    if now != before.digest:
        reason = f"redeployed during the run: {before.where} was sha256:{before.digest}, it is sha256:{now}"
        run.trouble(i, Word.HOLD, reason, kind="redeployed")
