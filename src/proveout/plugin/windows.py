"""The logs of a run's targets, from its begin to its end, and the origin of what they served."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from proveout.access.answer import Unknowable, Wrong
from proveout.access.critical import Window
from proveout.access.log_file import LocalFile, MachineFile
from proveout.access.logs import Logs
from proveout.access.origin import origin_of
from proveout.providers.target import Target
from proveout.safety.guard import Refused

if TYPE_CHECKING:
    from proveout.plugin.run import Run


def logs_of(run: "Run", target: Target) -> Logs | None:
    """Return the log of a target, None where it is not at hand.

    Raises:
        Unknowable: the machine it lies on cannot be reached, or does not show where.
    """
    form = run.catalogue.system_of(target.environment).logs
    declared = target.environment.logs
    if target.log is not None and declared.output == "streams":
        return Logs(target.log, form)
    if declared.file is None or "logs" in run.plan_of(target.environment.id).lacking():
        return None
    machine = run.machine(target)
    file = LocalFile(machine.root / declared.file) if machine.is_here else MachineFile(machine, declared.file)
    return Logs(file, form)


class Windows:
    """What the logs were when the run began, by environment."""

    def __init__(self, run: "Run") -> None:
        self.run = run
        self._open: dict[str, Window] = {}

    def open(self, target: Target) -> None:
        """Remember where the log of a target ends now."""
        i = target.environment.id
        try:
            logs = logs_of(self.run, target)
            if logs is not None:
                # Whatever a copy has written so far, it has written during this run.
                whole = Window(logs, self.run.begun, 0, b"")
                self._open[i] = whole if target.disposable else Window.opened(logs, self.run.begun)
                return
            why = self.run.plan_of(i).lacking().get("logs", "no log of it is at hand")
        except (Wrong, Unknowable, OSError) as error:
            why = str(error)
        self.run.logs[i] = {"unknown": why}

    def close(self) -> None:
        """Read what was written since, and learn where the versions that were served come from."""
        run = self.run
        for i, window in self._open.items():
            if i not in run.blocked:
                run.logs[i] = self._read(run.targets[i], window)
        for i, identity in run.identities.items():
            plan = run.plan_of(i)
            branch = plan.environment.origin.branch if plan.environment.origin else None
            run.origins[i] = origin_of(identity.version, plan.delivery, branch)

    def _read(self, target: Target, window: Window) -> dict[str, Any]:
        event = target.environment.logs.event

        def ask() -> None:
            try:
                with self.run.http(target) as http:
                    http.get(str(event).partition(" ")[2])
            except (Wrong, Refused):
                return  # then nothing is written, which is what is looked at

        try:
            return window.read(ask if event else None, self.run.redaction.clean, lambda: datetime.now(UTC))
        except OSError as error:
            return {"unknown": f"the log cannot be read: {error.strerror}"}
