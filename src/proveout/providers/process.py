"""Starts a disposable copy of an environment as a process of this machine, and ends it."""

import contextlib
import http.client
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from proveout.model.environment import Environment, Start
from proveout.model.mistake import UserError, shown
from proveout.model.system import System
from proveout.providers import reaper
from proveout.providers.address import free_ports, require_free
from proveout.providers.readiness import GaveUp, NotYet, probe
from proveout.providers.target import Target
from proveout.providers.working_copy import configured_in, lay_out

LOG_TAIL = 15


class NotReady(Exception):
    """The copy did not become ready; the text says how it ended, what was seen last, and its last words."""


@dataclass
class Copy:
    """A disposable copy that answers, and the means to end it."""

    target: Target
    started: reaper.Started
    records: Path
    process: "subprocess.Popen[bytes]"
    stop_within: float

    def stop(self) -> list[int]:
        """End the copy with everything it started; return the pids that had to be killed."""
        killed = reaper.end(self.started, within=self.stop_within)
        self.process.wait(timeout=5)
        reaper.forget(self.records, self.started)
        return killed


def start(
    environment: Environment,
    system: System,
    folder: Path,
    *,
    records: Path,
    tree: Path | None = None,
    declared_ports: bool = False,
    changed: Mapping[str, str] | None = None,
    kept: bool = False,
    artifact: Path | None = None,
) -> Copy:
    """Start a copy in a private working copy below `folder`, and wait until it answers.

    `records` is the folder of the run, where every started process is written down; `tree` is where copies
    of one system stand side by side, if the definition says in which directory; `changed` holds variables
    that differ from the environment's configuration file; `artifact` takes the place of the definition's own
    files at `[artifact] path`, which makes the copy a twin.

    Raises:
        DefinitionError: a file the definition names is missing.
        UserError: the command does not exist, or the declared port is taken.
        NotReady: the copy ended, or did not answer in time.
    """
    recipe = environment.start
    if recipe is None:
        raise UserError(f"{environment.id}: the definition has no [start]\nnext: give --env-url")
    source = environment.directory / "environment.toml"
    folder.mkdir(parents=True, exist_ok=True)
    work = (tree or folder / "work") / recipe.directory if recipe.directory else folder / "work"
    lay_out(environment, work, artifact)
    moved = _ports(environment, system, declared=declared_ports)
    configured = configured_in(environment, work)
    own = {**recipe.variables, **moved, **(changed or {})}
    ports = _listening(environment, system, {**configured, **own})
    log = folder / "target.log"
    record = reaper.record(records, environment.id)
    surroundings = _surroundings(recipe, work, record.token)
    try:
        if environment.configuration.sourced:
            process = _spawn(_sourcing(environment, recipe, own), work, surroundings, log, source)
        else:
            process = _spawn(_command(recipe), work, surroundings | configured | own, log, source)
    except UserError:
        reaper.forget(records, record)
        raise
    record = reaper.running(records, record, process.pid)
    url = f"http://127.0.0.1:{ports['port']}"
    if kept:
        record = reaper.Started(**{**vars(record), "kept": True, "url": url})
        reaper.save(records, record)
    begun = time.monotonic()
    target = Target(
        environment,
        "twin" if artifact else recipe.provenance,
        url,
        work,
        log,
        {**moved, **(changed or {})},
        ports=ports,
        source=_delivery(system),
        pid=process.pid,
        artifact=artifact,
    )
    copy = Copy(target, record, records, process, recipe.stop_within)
    try:
        _wait(copy, url + recipe.ready, recipe.ready_within)
    except BaseException:
        copy.stop()
        raise
    copy.target = replace(target, started_in=time.monotonic() - begun)
    return copy


def _ports(environment: Environment, system: System, *, declared: bool) -> dict[str, str]:
    if declared:
        for port in environment.network.ports.values():
            require_free(port, environment.id)
        return {}
    taken = free_ports(len(system.ports))
    return {variable: str(port) for variable, port in zip(system.ports.values(), taken, strict=True)}


def _listening(environment: Environment, system: System, variables: Mapping[str, str]) -> dict[str, int]:
    """Return the port of each listener by its name, as the variables say it."""
    ports = {}
    for name, variable in system.ports.items():
        declared = environment.network.ports.get(name)
        text = variables.get(variable, str(declared or ""))
        if not text and declared is None:
            continue
        if not re.fullmatch("[0-9]+", text) or not 0 < int(text) < 65536:
            raise UserError(
                f"{shown(environment.directory / 'environment.toml')}: the copy would listen on "
                f'{variable} = "{text}", which is no port\n'
                f"next: mend {environment.configuration.file}"
            )
        ports[name] = int(text)
    return ports


def _delivery(system: System) -> Path | None:
    return system.directory / system.delivery.directory if system.delivery else None


def _command(recipe: Start) -> list[str]:
    return [word.replace("{python}", sys.executable) for word in recipe.command]


def _sourcing(environment: Environment, recipe: Start, own: Mapping[str, str]) -> list[str]:
    """Return the start command behind a shell that sources the configuration file, as the documents do it.

    What the run sets itself comes after the file, or the file would undo it.
    """
    script = 'set -a; . "$1" || exit; set +a; shift; exec "$@"'
    assigned = [f"{key}={value}" for key, value in own.items()]
    file = f"./{environment.configuration.file}"
    return ["sh", "-c", script, "sh", file, "env", *assigned, *_command(recipe)]


def _surroundings(recipe: Start, work: Path, token: str) -> dict[str, str]:
    """Return the variables of the platform: a scrubbed environment and the secrets handed on by name."""
    platform = {name: os.environ[name] for name in recipe.secrets if os.environ.get(name)}
    path = os.environ.get("PATH", os.defpath)
    return {"PATH": path, "LANG": "C.UTF-8", "HOME": str(work), reaper.TOKEN_VARIABLE: token, **platform}


def _spawn(
    command: list[str], work: Path, variables: dict[str, str], log: Path, source: Path
) -> "subprocess.Popen[bytes]":
    with log.open("wb") as stream:
        try:
            return subprocess.Popen(  # noqa: S603 - the definition's own start command, no shell
                command,
                cwd=work,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise UserError(
                f"{shown(source)}: [start] command cannot be started: {command[0]} ({error.strerror})\n"
                "  likely cause: a typing mistake, or a program that is not installed here\n"
                "next: mend the command, then run again"
            ) from error


def _wait(copy: Copy, url: str, within: float) -> None:
    deadline = time.monotonic() + within
    parts = httpx.URL(url)

    def answers() -> None:
        status = copy.process.poll()
        if status is not None:
            raise NotReady(_ending(copy, f"it {_exit(status)} before it answered {url}"))
        connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=2.0)
        # A server that drips is cut off at the deadline: its connection is shut down under it.
        cut = threading.Timer(max(0.0, deadline - time.monotonic()), lambda: _shut(connection))
        cut.start()
        try:
            connection.request("GET", parts.raw_path.decode("ascii"))
            if (said := connection.getresponse().status) >= 500:
                raise NotYet(f"{url} answered {said}")
        except (OSError, http.client.HTTPException) as error:
            raise NotYet(f"{url}: {error or type(error).__name__}") from error
        finally:
            cut.cancel()
            connection.close()
        if time.monotonic() > deadline:
            raise NotYet(f"{url} answered too late")

    try:
        probe(answers, within=within)
    except GaveUp as last:
        raise NotReady(_ending(copy, f"it was not ready within {within:g} s; last seen: {last}")) from last


def _shut(connection: http.client.HTTPConnection) -> None:
    with contextlib.suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _exit(status: int) -> str:
    return f"ended by signal {-status}" if status < 0 else f"ended with exit status {status}"


def _ending(copy: Copy, what: str) -> str:
    lines = tail(copy.target.log, LOG_TAIL)
    log = shown(copy.target.log) if copy.target.log else "its log"
    said = "\n".join(f"    | {line}" for line in lines) or "    | (nothing)"
    return f"{what}\n  last words in {log}:\n{said}"


def tail(log: Path | None, lines: int, limit: int = 64 * 1024) -> list[str]:
    """Return the last lines of a log, reading at most `limit` bytes, control characters shown."""
    if log is None or not log.exists():
        return []
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - limit))
        text = stream.read().decode("utf-8", "replace")
    return [
        "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in line) for line in text.splitlines()
    ][-lines:]
