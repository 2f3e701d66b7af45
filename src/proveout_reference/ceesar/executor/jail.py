"""Jail: runs a program as a local process that is closed in by the kernel, see `inside`."""

import asyncio
import json
import os
import secrets
import signal
import sys
from pathlib import Path
from typing import cast

from proveout_reference.ceesar.executor.capture import Capture
from proveout_reference.ceesar.executor.inside.spec import BARE, LEVELS, NAMESPACES, Report, Spec
from proveout_reference.ceesar.executor.languages import PROGRAM_PATH, find_tools
from proveout_reference.ceesar.executor.outcome import ExecutionFailedError, Limits, Outcome
from proveout_reference.ceesar.executor.step import Step

_MB = 1024 * 1024
_ADDRESS_SLACK = 48 * _MB  # libraries and thread stacks that are mapped but not used
_BACKSTOP_SECONDS = 3.0  # the launcher keeps the time; this is for the case that it cannot
_OWN_PYTHON = str(Path(sys.executable).resolve())
_SOURCE_ROOT = Path(__file__).parents[3]
_LAUNCH = (
    "import sys; sys.path.insert(0, sys.argv.pop(2)); "
    "from proveout_reference.ceesar.executor.inside.launcher import main; main()"
)


class Jail:
    """Starts launchers; `level` is how far the kernel lets them close a program in."""

    def __init__(self, level: str, first_user: int | None, tools: dict[str, str], hidden: list[str]) -> None:
        self.level = level
        self.tools = tools
        self._first_user = first_user
        self._hidden = hidden

    def user_of(self, slot: int) -> int | None:
        """The uid of a slot's programs. None: the server is not root, they keep its own."""
        return None if self._first_user is None else self._first_user + slot

    async def execute(self, step: Step) -> Outcome:
        """Runs one program to its end. Cancelled, it ends the program first. Raises ExecutionFailedError."""
        reading, writing = os.pipe()
        try:
            try:
                process = await self._launch(self._spec(step, writing), writing, merge=step.merge)
            finally:
                os.close(writing)
            capture = Capture(process, step.input, step.limits.output)
            try:
                reason = await capture.wait(step.limits.seconds + _BACKSTOP_SECONDS)
            finally:
                await _end(process)
                await capture.close()
            return _outcome(capture, reason, _read_report(reading))
        finally:
            os.close(reading)

    async def _launch(self, spec: Spec, writing: int, *, merge: bool) -> asyncio.subprocess.Process:
        # -I and -S: no user settings, no site-packages, a quick start. An empty environment: no secrets.
        command = [_OWN_PYTHON, "-I", "-S", "-c", _LAUNCH, json.dumps(spec), str(_SOURCE_ROOT)]
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=pipe,
            stdout=pipe,
            stderr=asyncio.subprocess.STDOUT if merge else pipe,
            env={},
            start_new_session=True,
            pass_fds=(writing,),
        )

    def _spec(self, step: Step, writing: int) -> Spec:
        memory = step.limits.memory_mb * _MB
        return {
            "parent": os.getpid(),
            "level": self.level,
            "argv": step.argv,
            "environment": {"PATH": PROGRAM_PATH, "HOME": str(step.workdir), "LANG": "C.UTF-8"},
            "workdir": str(step.workdir),
            "hidden": self._hidden,
            "user": self.user_of(step.slot),
            "report": writing,
            "seconds": step.limits.seconds,
            "memory": memory,
            "address_space": None if step.reserves else memory + _ADDRESS_SLACK,
            "processes": step.processes,
            "file_size": step.limits.file_size,
            "open_files": step.limits.open_files,
        }


async def open_jail(capacity: int, workdir: Path) -> Jail:
    """The closest jail this kernel allows, tried by running a program in it.

    Raises ExecutionFailedError with the last attempt's reason when not even the loosest works.
    """
    first_user = _pick_users(capacity) if os.geteuid() == 0 else None
    tools = find_tools(_OWN_PYTHON, for_everyone=first_user is not None)
    if first_user is not None:
        os.chown(workdir, first_user, first_user)
    failure = ""
    for level in LEVELS:
        jail = Jail(level, first_user, tools, _to_hide(tools, workdir))
        limits = Limits(seconds=5.0, memory_mb=64)
        probe = Step(argv=["/bin/sh", "-c", "echo ready"], workdir=workdir, slot=0, limits=limits)
        try:
            outcome = await jail.execute(probe)
        except ExecutionFailedError as error:
            failure = str(error)
            continue
        if outcome.succeeded and outcome.stdout == b"ready\n":
            return jail
        failure = f"a probe ended with {outcome.exit_code}"
    raise ExecutionFailedError(failure)


def confinement(level: str) -> dict[str, str]:
    """What a level means, for the start-up log."""
    return {
        "jail": level,
        "jail_network": "open" if level == BARE else "denied",
        "jail_files": "hidden" if level == NAMESPACES else "by permission",
    }


def _to_hide(tools: dict[str, str], workdir: Path) -> list[str]:
    """What no program may see: the server's data and configuration, engine sockets, the server's home."""
    here = Path.cwd()
    hidden = [str(here / "data"), str(here / "config"), "/run/docker.sock", "/run/containerd"]
    home = Path.home()
    in_use = [*map(Path, tools.values()), workdir]
    if home.parent != home and not any(path.resolve().is_relative_to(home) for path in in_use):
        hidden.append(str(home))
    return hidden


def _pick_users(capacity: int) -> int:
    """The first of `capacity` uids nobody else is likely to use, within those this system knows."""
    ranges = [line.split() for line in Path("/proc/self/uid_map").read_text().splitlines()]
    first, size = max(((int(parts[0]), int(parts[2])) for parts in ranges), key=lambda pair: pair[1])
    last = min(first + size, 2**31) - capacity - 1
    low = min(max(first, 2**30 if last > 2**30 else 20000), last)
    return low + secrets.randbelow(last - low + 1)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ends a launcher with all its program started; waits until it is gone, even when cancelled."""
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    gone = asyncio.ensure_future(process.wait())
    cancelled = False
    for patience in (2.0, None):
        try:
            await asyncio.wait({gone}, timeout=patience)
        except asyncio.CancelledError:
            cancelled = True
        if gone.done():
            break
        process.kill()
    if cancelled:
        raise asyncio.CancelledError


def _read_report(descriptor: int) -> Report | None:
    os.set_blocking(descriptor, False)
    try:
        lines = os.read(descriptor, 65536).splitlines()
    except BlockingIOError:
        return None
    # A program that could not be started says so before its supervisor reports its end.
    return cast("Report", json.loads(lines[0])) if lines else None


def _outcome(capture: Capture, reason: str, report: Report | None) -> Outcome:
    if report is None:
        if reason:
            return Outcome(capture.stdout, capture.stderr, reason)
        raise ExecutionFailedError("the launcher ended without a report")
    if report["failed"]:
        raise ExecutionFailedError(report["failed"])
    return Outcome(
        capture.stdout,
        capture.stderr,
        reason or report["reason"],
        report["exit_code"],
        report["signal"],
        report["seconds"],
        report["peak"],
    )
