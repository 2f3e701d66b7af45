"""Remembers every process a run starts, before it starts, and ends what a killed run left behind.

A record is a file `<run>/started/<token>.json`. The token is also in the environment of the process and
of what it starts, so that a process is found even if the run died before it could write down the pid.
"""

import os
import secrets
import signal
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import psutil
from pydantic import Field, TypeAdapter

from proveout.model.files import write_json

TOKEN_VARIABLE = "PROVEOUT_STARTED_AS"  # noqa: S105 - a name, not a secret


@dataclass(frozen=True)
class Started:
    """What is known of one started process; `pid` is 0 until it runs, `owner` is the run's process."""

    token: str
    what: str
    owner: Annotated[int, Field(gt=0)]
    owner_since: float
    pid: Annotated[int, Field(ge=0)] = 0
    since: float = 0.0
    kept: bool = False
    url: str = ""


_RECORD = TypeAdapter(Started)


def record(folder: Path, what: str) -> Started:
    """Write down that a process is about to be started, and return the record."""
    me = psutil.Process()
    started = Started(secrets.token_hex(8), what, me.pid, me.create_time())
    save(folder, started)
    return started


def save(folder: Path, started: Started) -> None:
    """Write the record to its file."""
    write_json(folder / "started" / f"{started.token}.json", asdict(started))


def running(folder: Path, started: Started, pid: int) -> Started:
    """Add the pid to the record."""
    known = replace(started, pid=pid, since=psutil.Process(pid).create_time())
    save(folder, known)
    return known


def forget(folder: Path, started: Started) -> None:
    """Remove the record of a process that has ended."""
    (folder / "started" / f"{started.token}.json").unlink(missing_ok=True)


def end(started: Started, *, within: float) -> list[int]:
    """End the process, its descendants and everything that carries its token; return what was killed.

    The process itself is asked first (SIGTERM) and has `within` seconds to finish; the rest is killed.
    """
    family = _family(started)
    for process in family:
        if process.pid == started.pid:
            _signal(process, signal.SIGTERM)
            psutil.wait_procs([process], timeout=within)
    left = {p.pid: p for p in [*family, *_family(started)] if p.is_running() and not _ended(p)}
    for process in left.values():
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(list(left.values()), timeout=5)
    return sorted(left)


def abandoned(reports: Path, *, also_kept: bool = False) -> list[tuple[Path, Started]]:
    """Return the records whose run is gone, with their folders; kept ones only if asked for."""
    found = []
    # A run lies directly below the reports; those of a drill lie below the drill and their fault.
    for file in sorted([*reports.glob("*/started/*.json"), *reports.glob("*/*/*/started/*.json")]):
        try:
            started = _RECORD.validate_json(file.read_bytes(), strict=True)
        except FileNotFoundError:  # forgotten meanwhile by the run that owns it
            continue
        except (ValueError, RecursionError):
            with suppress(FileNotFoundError):
                file.rename(file.with_suffix(".unreadable"))
            continue
        if started.kept and not also_kept:
            continue
        if started.kept or not _alive(started.owner, started.owner_since):
            found.append((file.parent.parent, started))
    return found


def reap(reports: Path, *, also_kept: bool = False, within: float = 5.0) -> list[Started]:
    """End everything that runs which are gone have left running below `reports`."""
    ended = []
    for folder, started in abandoned(reports, also_kept=also_kept):
        if _family(started):
            end(started, within=within)
            ended.append(started)
        forget(folder, started)
    return ended


def alive(started: Started) -> bool:
    """Return whether the recorded process still runs."""
    return started.pid != 0 and _alive(started.pid, started.since)


def _alive(pid: int, since: float) -> bool:
    try:
        process = psutil.Process(pid)
        return abs(process.create_time() - since) < 1 and not _ended(process)
    except psutil.NoSuchProcess:
        return False


def _ended(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def _family(started: Started) -> list[psutil.Process]:
    members: dict[int, psutil.Process] = {}
    if alive(started):
        try:
            parent = psutil.Process(started.pid)
            members = {p.pid: p for p in [parent, *parent.children(recursive=True)]}
        except psutil.NoSuchProcess:
            members = {}
    needle = f"{TOKEN_VARIABLE}={started.token}".encode()
    for process in psutil.process_iter():
        if process.pid == os.getpid() or process.pid in members:
            continue
        try:
            if needle in Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0"):
                members[process.pid] = process
        except OSError:  # ended meanwhile, or another user's: then it is not ours
            continue
    return list(members.values())


def _signal(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
