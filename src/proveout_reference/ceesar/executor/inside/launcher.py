"""Launcher: starts one program in its jail, watches it, ends everything it started, and reports.

It stays between the server and the program. When the server ends, however, this process gets a signal
from the kernel and takes the program with it; when it is killed itself, the kernel kills the program.
"""

import json
import os
import resource
import signal
import sys
import time
from typing import NoReturn, cast

from proveout_reference.ceesar.executor.inside import census, kernel
from proveout_reference.ceesar.executor.inside.enclosure import arrange_files, enter_namespaces
from proveout_reference.ceesar.executor.inside.spec import FILTER, NAMESPACES, Report, Spec

_TICK = 0.02  # seconds between two looks at the limits
_AWAITED = {signal.SIGCHLD, signal.SIGTERM}
_MOST_REPORTED = 500
_SPARE = 64  # processes the user may start elsewhere meanwhile


def main() -> None:
    """Runs the execution that the first argument describes."""
    spec = cast("Spec", json.loads(sys.argv[1]))
    kernel.die_with_parent(signal.SIGTERM)
    if os.getppid() != spec["parent"]:
        sys.exit("the server ended first")
    signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
    os.set_inheritable(spec["report"], False)  # noqa: FBT003  the name says it
    others = 0 if spec["user"] is not None else census.threads(census.of_user(os.getuid())) + _SPARE
    try:
        enter_namespaces(spec["level"])
        if spec["level"] == NAMESPACES:
            _stand_before(spec, others)
        else:
            kernel.adopt_orphans()
            _supervise(spec, others)
    except OSError as error:
        _report(spec, {"failed": str(error)})


def _stand_before(spec: Spec, others: int) -> None:
    """Puts the supervisor into the new process namespace and waits for it, or ends it when told to."""
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        try:
            kernel.die_with_parent(signal.SIGKILL)
            if not _is_alive_above(parent):
                os._exit(1)
            arrange_files(spec["workdir"], spec["hidden"])
            _supervise(spec, others)
        except OSError as error:
            _report(spec, {"failed": str(error)})
        os._exit(0)
    _let_go_of_streams()
    os.close(spec["report"])
    while True:
        if signal.sigwait(_AWAITED) == signal.SIGTERM:
            os.kill(child, signal.SIGKILL)
        # The first process of a namespace is only gone once all the others are.
        if os.waitpid(child, os.WNOHANG)[0] == child:
            return


def _is_alive_above(parent: int) -> bool:
    # From inside a new process namespace a living outer parent reads as 0, a dead one as another reaper
    # of the same outer namespace, also 0: so ask the outer /proc, which is still mounted here.
    try:
        os.stat(f"/proc/{parent}")  # noqa: PTH116  cheaper
    except OSError:
        return False
    return True


def _supervise(spec: Spec, others: int) -> None:
    """Starts the program, waits for its end or a limit, ends what is left and reports."""
    kernel.hide_from_siblings()
    started = time.monotonic()
    supervisor = os.getpid()
    program = os.fork()
    if program == 0:
        _become_program(spec, supervisor, others)
    _let_go_of_streams()
    watch = _Watch(spec, started)
    ended: int | None = None
    while ended is None and not watch.reason:
        arrived = signal.sigtimedwait(_AWAITED, _TICK)
        if arrived is not None and arrived.si_signo == signal.SIGTERM:
            watch.reason = "stopped"
        ended = _reap(program)
        if ended is None:
            watch.look()
    seconds = time.monotonic() - started
    if spec["level"] != NAMESPACES:
        _end_family()
    exit_code = os.waitstatus_to_exitcode(ended) if ended is not None else None
    _report(
        spec,
        {
            "reason": watch.reason,
            "exit_code": exit_code if exit_code is not None and exit_code >= 0 else None,
            "signal": -exit_code if exit_code is not None and exit_code < 0 else None,
            "seconds": seconds,
            "peak": watch.peak,
        },
    )


class _Watch:
    """Looks whether the program is within its limits; `reason` is the first one it broke."""

    def __init__(self, spec: Spec, started: float) -> None:
        self._spec = spec
        self._deadline = started + spec["seconds"]
        self.reason = ""
        self.peak = 0

    def look(self) -> None:
        if time.monotonic() >= self._deadline:
            self.reason = "timeout"
            return
        pids = census.family(os.getpid())
        memory = census.resident(pids)
        if memory > self._spec["memory"]:
            # Forked processes share pages: count exactly before calling it too much.
            memory = census.proportional(pids) or memory
        self.peak = max(self.peak, memory)
        if memory > self._spec["memory"]:
            self.reason = "memory"
        elif census.threads(pids) > self._spec["processes"]:
            self.reason = "processes"


def _become_program(spec: Spec, supervisor: int, others: int) -> NoReturn:
    """In the child: takes on the limits and the user of the program, then turns into it."""
    try:
        os.setsid()
        kernel.refuse_new_privileges()
        _set_limits(spec, others)
        user = spec["user"]
        if user is not None:
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
        kernel.die_with_parent(signal.SIGKILL)
        if os.getppid() != supervisor:
            os._exit(127)
        os.umask(0o077)
        os.chdir(spec["workdir"])
        if spec["level"] == FILTER:
            kernel.refuse_network()
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
        os.execve(spec["argv"][0], spec["argv"], spec["environment"])  # noqa: S606  no shell is wanted
    except OSError as error:
        _report(spec, {"failed": str(error)})
    os._exit(127)


def _set_limits(spec: Spec, others: int) -> None:
    processors = os.cpu_count() or 1
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: int(spec["seconds"] + 1) * processors + 1,
        resource.RLIMIT_FSIZE: spec["file_size"],
        resource.RLIMIT_NOFILE: spec["open_files"],
        # Counted for each user. Where the execution has none of its own this only dams a flood; the watch
        # counts exactly.
        resource.RLIMIT_NPROC: spec["processes"] + others,
    }
    if spec["address_space"] is not None:
        limits[resource.RLIMIT_AS] = spec["address_space"]
    for kind, most in limits.items():
        hard = resource.getrlimit(kind)[1]
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (value, value))


def _reap(program: int) -> int | None:
    """Collects children that have ended; the program's wait status once it is among them."""
    ended = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        if pid == program:
            ended = status


def _end_family() -> None:
    """Kills every descendant, again until none is left: a killed one may just have started another."""
    while True:
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in census.family(os.getpid()):
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    continue
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.002)


def _let_go_of_streams() -> None:
    """Closes the program's streams here, so that they end when the last of its processes does."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)


def _report(spec: Spec, parts: dict[str, object]) -> None:
    empty: Report = {
        "failed": "",
        "reason": "",
        "exit_code": None,
        "signal": None,
        "seconds": 0.0,
        "peak": 0,
    }
    whole = {**empty, **parts}
    whole["failed"] = str(whole["failed"])[:_MOST_REPORTED]
    os.write(spec["report"], json.dumps(whole).encode() + b"\n")
