"""Executor: takes submitted files to an outcome, in a slot, a folder and a backend of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from proveout_reference.ceesar.executor.container import Container, open_container
from proveout_reference.ceesar.executor.inside.kernel import hide_from_siblings
from proveout_reference.ceesar.executor.inside.spec import BARE, NAMESPACES
from proveout_reference.ceesar.executor.jail import Jail, confinement, open_jail
from proveout_reference.ceesar.executor.languages import Language
from proveout_reference.ceesar.executor.outcome import ExecutionFailedError, Limits, Outcome
from proveout_reference.ceesar.executor.slots import Slots
from proveout_reference.ceesar.executor.step import Step
from proveout_reference.ceesar.executor.workspace import Workspace
from proveout_reference.ceesar.log import Log
from proveout_reference.ceesar.settings import Settings

_QUEUE_PER_SLOT = 4
_SHORTEST_QUEUE = 20
_CLOSE_SECONDS = 5.0
_COMPILE_SECONDS = 60.0
_COMPILE_MEMORY_MB = 512  # compilers need more than small programs do


class Backend(Protocol):
    """What runs a step: a jail or a container."""

    tools: dict[str, str]

    def user_of(self, slot: int) -> int | None:
        """The uid that must own a slot's files."""

    async def execute(self, step: Step) -> Outcome:
        """Runs one program to its end; cancelled, ends it first."""


class Executor:
    """Runs programs on one backend, at most `max_concurrent_executions` at once."""

    def __init__(self, settings: Settings, backend: Backend | None, facts: dict[str, str], log: Log) -> None:
        most = settings.max_concurrent_executions
        self.limits = Limits(settings.execution_timeout_seconds, settings.max_memory_mb)
        self.backend = backend
        self._facts = facts
        self._log = log
        self._workspace: Workspace | None = None
        self._open = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._slots = Slots(most, max(_QUEUE_PER_SLOT * most, _SHORTEST_QUEUE), self.limits.seconds)

    def facts(self) -> dict[str, str]:
        """What the start-up log says about how programs are run."""
        return self._facts

    @asynccontextmanager
    async def open(self, language: Language, files: dict[str, str]) -> AsyncIterator["Session"]:
        """A slot with a folder that holds `files`. Raises BusyError and ExecutionFailedError."""
        if self.backend is None or self._workspace is None:
            raise ExecutionFailedError(self._facts["reason"])
        slot = await self._slots.acquire()
        self._open += 1
        self._idle.clear()
        try:
            workspace = self._workspace
            folder = workspace.new(self.backend.user_of(slot), files)
            try:
                yield Session(language, folder, slot, self.limits, self.backend, self._log)
            finally:
                await workspace.remove(folder)
        finally:
            self._open -= 1
            if not self._open:
                self._idle.set()
            self._slots.release(slot)

    def use(self, workspace: Workspace) -> None:
        """Takes over the folder that executions work in."""
        self._workspace = workspace

    async def close(self) -> None:
        """Leaves nothing behind. Every request has ended or been cancelled by now; that may take a moment."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._idle.wait()
        self.abandon()

    def abandon(self) -> None:
        """As close, at once: ends what the kernel would not end with this process."""
        if isinstance(self.backend, Container):
            self.backend.kill_all()
        if self._workspace is not None:
            self._workspace.close()
            self._workspace = None


@dataclass(frozen=True, slots=True)
class Session:
    """One submission in its slot: compiled once, then run as often as there are inputs."""

    language: Language
    folder: Path
    slot: int
    limits: Limits
    backend: Backend
    log: Log

    def missing_tool(self) -> bool:
        """Whether this environment cannot run the language."""
        return any(tool not in self.backend.tools for tool in self.language.tools)

    async def compile(self) -> Outcome | None:
        """Compiles the files, inside the jail too. None when the language needs no compiling."""
        if not self.language.compile:
            return None
        limits = replace(
            self.limits,
            seconds=_COMPILE_SECONDS,
            memory_mb=max(self.limits.memory_mb, _COMPILE_MEMORY_MB),
        )
        step = self._step(self.language.compile, limits)
        return await self._execute(replace(step, merge=True, reserves=True, processes=128), "compile")

    async def run(self, given: str, *, merge: bool) -> Outcome:
        """Runs the program with `given` on its stdin; `merge` puts stderr into stdout."""
        step = self._step(self.language.run, self.limits)
        return await self._execute(replace(step, input=given.encode(), merge=merge), "run")

    def _step(self, command: tuple[str, ...], limits: Limits) -> Step:
        memory = str(limits.memory_mb * 3 // 4)  # a heap; the runtime needs the rest
        words = [word.replace("{memory}", memory) for word in command]
        tool = words[0]
        program = str(self.folder / tool) if tool.startswith("./") else self.backend.tools[tool]
        return Step(
            argv=[program, *words[1:]],
            workdir=self.folder,
            slot=self.slot,
            limits=limits,
            reserves=self.language.reserves,
            processes=self.language.processes,
        )

    async def _execute(self, step: Step, what: str) -> Outcome:
        outcome = await self.backend.execute(step)
        self.log.debug(
            "execution",
            step=what,
            language=self.language.name,
            slot=self.slot,
            exit_code="none" if outcome.exit_code is None else outcome.exit_code,
            signal=outcome.signal or 0,
            stopped_by=outcome.reason or "nothing",
            ms=round(outcome.seconds * 1000, 1),
            peak_mb=round(outcome.peak / 1024 / 1024, 1),
        )
        if outcome.reason:
            self.log.warning("execution stopped", reason=outcome.reason, language=self.language.name)
        return outcome


def _warn_of_gaps(jail: Jail, log: Log) -> None:
    """Says what a looser jail leaves open, and closes what the server itself can close."""
    if jail.level == BARE:
        log.warning("programs can reach the network: this kernel gives no way to deny it")
    if jail.user_of(0) is None and jail.level != NAMESPACES:
        hide_from_siblings()  # they have the server's user, and its environment holds the keys
        log.warning("programs can send signals to the server: they share its user and its process namespace")


async def open_executor(settings: Settings, log: Log) -> Executor:
    """The executor the settings ask for, or the jail where that cannot be had; its facts say why."""
    workspace = Workspace()
    folder = workspace.new(None, {})
    reason = ""
    backend: Backend | None = None
    if settings.executor_mode == "firecracker":
        reason = "firecracker is not available in this build"
    elif settings.executor_mode == "docker":
        backend, reason = await open_container(settings.executor_image)
    facts = {"executor": "container", "reason": reason, "image": settings.executor_image}
    if backend is None:
        try:
            jail = await open_jail(settings.max_concurrent_executions, folder)
        except ExecutionFailedError as error:
            facts = {"executor": "none", "reason": f"no jail can be made here: {error}"}
        else:
            backend = jail
            facts = {"executor": "jail", "reason": reason or "stub mode runs a jailed process"}
            facts |= confinement(jail.level)
            facts["jail_user"] = "own" if jail.user_of(0) is not None else "the server's"
    if backend is None:
        log.error("programs cannot be run", reason=facts["reason"])
    elif isinstance(backend, Jail):
        _warn_of_gaps(backend, log)
    await workspace.remove(folder)
    executor = Executor(settings, backend, facts, log)
    executor.use(workspace)
    return executor
