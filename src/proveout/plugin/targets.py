"""Obtains the targets at the start of a run, and lets go of them at its end."""

import signal
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import TYPE_CHECKING, Any

import pytest

from proveout.model.mistake import UserError
from proveout.model.verdict import Word
from proveout.plugin.artifacts import examine, examine_again
from proveout.plugin.collected import Collected, asks_for, unknown_marker
from proveout.plugin.permission import LOADING, objection
from proveout.plugin.twins import NotMade, original
from proveout.plugin.windows import Windows
from proveout.providers.plan import Plan
from proveout.providers.process import Copy, NotReady, start
from proveout.providers.reaper import reap
from proveout.providers.target import Target
from proveout.safety.identity import Identity
from proveout.safety.lease import Lease, Taken

if TYPE_CHECKING:
    from proveout.plugin.run import Run


class Targets:
    """The hooks that start, identify, hand on and end targets."""

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.windows = Windows(run)
        self._signal_before: Any = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Obtain all targets side by side and ask each who it is.

        Raises:
            pytest.UsageError: the selection names an unknown marker, or a definition cannot be started.
        """
        run = self.run
        known = {
            line.partition(":")[0].partition("(")[0].strip() for line in session.config.getini("markers")
        }
        if complaint := unknown_marker(session.config.option.markexpr or "", known):
            raise pytest.UsageError(complaint)
        if run.is_worker or not run.verifies:
            return
        self._signal_before = signal.signal(signal.SIGTERM, _as_interrupt)
        run.reaped = reap(run.reports)
        self._ask_permission()
        self._lease()
        self._obtain([plan for plan in run.plans if self._wanted(plan)])
        for target in run.targets.values():
            self._identify(target)
            if target.environment.id not in run.blocked:
                examine(run, target)
            if target.environment.id not in run.blocked:
                self.windows.open(target)
        self._refuse_all()

    def _ask_permission(self) -> None:
        """Load on a live prod that was not permitted twice stops the whole run before anything is sent.

        Raises:
            pytest.UsageError: the expression of `-m` cannot be read.
        """
        run, expression = self.run, self.run.config.option.markexpr or ""
        try:
            wanted = asks_for(LOADING, expression)
        except SyntaxError as error:
            raise pytest.UsageError(f'-m "{expression}" cannot be read: {error}') from None
        for plan in run.plans if wanted else ():
            system = run.catalogue.system_of(plan.environment)
            reason = objection(plan, system, granted=run.config.option.load_on_prod)
            if reason and plan.environment.name == system.order[-1]:
                i = plan.environment.id
                run.blocked[i] = run.trouble(i, Word.HOLD, f"{reason}; nothing was sent", kind="refused")
        self._refuse_all()

    def _lease(self) -> None:
        """Take a lease on every live environment; one that is taken stops the whole run.

        Raises:
            pytest.UsageError: leases cannot be written.
        """
        run = self.run
        for plan in run.plans:
            if plan.url is None:
                continue
            lease = Lease(run.folder_of_leases, plan.url)
            try:
                lease.take(run.id)
            except Taken as error:
                i, reason = plan.environment.id, f"{plan.url} is taken: {error}"
                run.blocked[i] = run.trouble(i, Word.HOLD, reason, kind="refused")
            except UserError as error:
                raise pytest.UsageError(str(error)) from None
            else:
                run.leases.append(lease)
        self._refuse_all()

    def _wanted(self, plan: Plan) -> bool:
        if plan.environment.id in self.run.blocked:
            return False
        if "live" in self.run.wishes.require and plan.disposable:
            variable = plan.environment.network.url_variable
            reason = f"--env-require live: no URL is known (set {variable}, or give --env-url)"
            self.run.blocked[plan.environment.id] = self.run.trouble(plan.environment.id, Word.HOLD, reason)
            return False
        return True

    def _obtain(self, wanted: list[Plan]) -> None:
        run = self.run
        for plan in wanted:
            if plan.url is not None:
                run.targets[plan.environment.id] = Target(
                    plan.environment,
                    plan.provenance,
                    plan.url,
                    plan.root,
                    ports=plan.ports,
                    connection=plan.connection,
                    source=plan.delivery,
                )
        disposable = [plan for plan in wanted if plan.disposable]
        if not disposable:
            return
        mistakes: list[UserError] = []
        with ThreadPoolExecutor(len(disposable), thread_name_prefix="start") as pool:
            for plan, future in [(plan, pool.submit(self._start, plan)) for plan in disposable]:
                try:
                    run.targets[plan.environment.id] = future.result().target
                except UserError as error:
                    mistakes.append(error)
                except NotReady as error:
                    i, reason = plan.environment.id, f"the target does not start: {error}"
                    run.blocked[i] = run.trouble(i, Word.FAIL, reason, kind="not-started")
                except NotMade as error:
                    i, why = plan.environment.id, error.trouble
                    run.blocked[i] = run.trouble(i, why.word, why.reason, kind=why.kind)
        run.targets = {
            p.environment.id: run.targets[p.environment.id] for p in wanted if p.environment.id in run.targets
        }
        if mistakes:
            raise pytest.UsageError("\n".join(str(mistake) for mistake in mistakes))

    def _start(self, plan: Plan) -> Copy:
        run = self.run
        artifact = original(run, plan, plan.twin_of) if plan.twin_of else None
        copy = start(
            plan.environment,
            run.catalogue.system_of(plan.environment),
            run.folder_of(plan.environment),
            records=run.folder,
            tree=run.folder / f"{plan.environment.system}-tree",
            declared_ports=plan.declared_ports,
            kept=run.config.option.env_keep,
            artifact=artifact,
        )
        run.copies.append(copy)
        return copy

    def _identify(self, target: Target) -> None:
        run, i = self.run, target.environment.id
        identity = run.identities[i] = run.identify(target)
        finding = identity.finding(target.environment.name)
        wanted = run.wishes.versions.get(i)
        if finding == "other":
            reason = f"the target says it is {identity.environment}, {i} was to be verified; nothing was run"
            run.blocked[i] = run.trouble(i, Word.HOLD, reason, kind="refused")
        elif finding == "unreachable":
            run.blocked[i] = run.trouble(i, Word.FAIL, identity.trouble, kind="gone")
        elif wanted and identity.version != wanted:
            said = f"version {identity.version}" if identity.version else "no version"
            reason = f"the target says {said}, --env-version is {wanted}"
            run.blocked[i] = run.trouble(i, Word.FAIL, reason, kind="other-version")
        elif finding == "unreadable":
            reason = f"the target did not say who it is: {identity.trouble}"
            run.trouble(i, Word.HOLD, reason, kind="unidentified")
            run.only_reads.add(i)

    def _refuse_all(self) -> None:
        """One target that is somebody else stops the whole run: the line-up itself is wrong."""
        run = self.run
        wrong = [i for i, trouble in run.blocked.items() if trouble.refused]
        for plan in run.plans if wrong else []:
            i = plan.environment.id
            if i not in run.blocked:
                reason = f"not run: {wrong[0]} of the same run was refused"
                run.blocked[i] = run.trouble(i, Word.HOLD, reason, kind="refused")

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Hand the targets on to a worker of pytest-xdist."""
        node.workerinput["proveout"] = self.run.handed_to_workers()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker collected, and what its guard refused."""
        output = getattr(node, "workeroutput", {}).get("proveout")
        if output:
            self.run.census.collected = Collected.from_json(output["collected"])
            for i, calls in output["refused"].items():
                self.run.refused_calls.setdefault(i, []).extend(calls)
            self.run.requests_of_workers.update(output["requests"])

    def check_again(self) -> None:
        """Ask every target again who it is; it must be the one the run began with."""
        run = self.run
        for i, target in run.targets.items():
            if i in run.blocked:
                continue
            self._compare(i, run.identities[i], run.identify(target))
            examine_again(run, target)

    def _compare(self, i: str, before: Identity, after: Identity) -> None:
        run = self.run
        if not after.reachable:
            reason = f"the target does not answer any more at the end of the run: {after.trouble}"
            run.trouble(i, Word.FAIL, reason, kind="gone")
        elif before.environment is None:
            return
        elif after.environment is None:
            reason = f"the target stopped saying who it is during the run: {after.trouble}"
            run.trouble(i, Word.HOLD, reason, kind="unidentified")
        elif (after.environment, after.version) != (before.environment, before.version):
            reason = f"redeployed during the run: it was {before}, it is {after}"
            run.trouble(i, Word.HOLD, reason, kind="redeployed")

    def release(self) -> None:
        """End the copies that are not to be kept."""
        run = self.run
        run.close()
        while run.leases:
            run.leases.pop().give_back()
        while run.copies:
            copy = run.copies.pop()
            if not run.config.option.env_keep:
                copy.stop()

    def pytest_unconfigure(self) -> None:
        """End what is still running when a run was broken off."""
        self.release()
        if self._signal_before is not None:
            signal.signal(signal.SIGTERM, self._signal_before)


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    """Let a SIGTERM end the run as Ctrl-C does, so that targets are ended too."""
    raise KeyboardInterrupt
