"""Container: runs a program in a container of its own, where a container engine answers."""

import asyncio
import os
import secrets
import shutil
import subprocess
from contextlib import suppress

from proveout_reference.ceesar.executor.capture import Capture
from proveout_reference.ceesar.executor.languages import TOOLS
from proveout_reference.ceesar.executor.outcome import ExecutionFailedError, Outcome
from proveout_reference.ceesar.executor.step import Step

_ENGINE_SECONDS = 2.0
_PROBE_SECONDS = 10.0
_START_SECONDS = 2.0  # what the engine may take to make a container, on top of the program's time
_NOBODY = 65534
_PLACE = "/work"
_KILLED, _CANNOT_START = 137, (125, 126)


class Container:
    """Starts `docker run` for every step and ends containers by name."""

    def __init__(self, docker: str, image: str, tools: dict[str, str]) -> None:
        self.tools = tools
        self._docker = docker
        self._image = image
        self._running: set[str] = set()

    def user_of(self, slot: int) -> int | None:  # noqa: ARG002  every container is alone with its user
        """The uid of the programs. None: the server is not root, they keep its own."""
        return _NOBODY if os.geteuid() == 0 else None

    async def execute(self, step: Step) -> Outcome:
        """Runs one program to its end. Cancelled, it ends the program first. Raises ExecutionFailedError."""
        name = f"ceesar-{secrets.token_hex(8)}"
        self._running.add(name)  # recorded before it exists, so that a stop never misses it
        loop = asyncio.get_running_loop()
        started = loop.time()
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *self._command(name, step),
            stdin=pipe,
            stdout=pipe,
            stderr=asyncio.subprocess.STDOUT if step.merge else pipe,
            env=_client_environment(),
            start_new_session=True,
        )
        capture = Capture(process, step.input, step.limits.output)
        reason = "stopped"
        try:
            reason = await capture.wait(step.limits.seconds + _START_SECONDS)
        finally:
            if reason:
                await asyncio.shield(self._kill(name, process))
            self._running.discard(name)
            await capture.close()
        code = process.returncode
        if not reason and code in _CANNOT_START:
            raise ExecutionFailedError("the container engine could not start the program")
        if not reason and code == _KILLED:
            late = loop.time() - started >= step.limits.seconds
            reason = "timeout" if late else "memory"  # the kernel kills what uses too much
        exit_code = code if not reason else None
        return Outcome(capture.stdout, capture.stderr, reason, exit_code, None, loop.time() - started)

    def _command(self, name: str, step: Step) -> list[str]:
        user, group = self.user_of(step.slot), self.user_of(step.slot)
        memory = f"{step.limits.memory_mb}m"
        argv = [word.replace(str(step.workdir), _PLACE) for word in step.argv]
        return [
            self._docker,
            "run",
            "--rm",
            "--interactive",
            f"--name={name}",
            "--label=ceesar=execution",
            "--pull=never",
            "--network=none",
            f"--memory={memory}",
            f"--memory-swap={memory}",
            f"--pids-limit={step.processes}",
            "--cpus=1",
            "--read-only",
            "--tmpfs=/tmp:size=16m,mode=1777",
            "--cap-drop=ALL",
            "--security-opt=no-new-privileges",
            f"--ulimit=fsize={step.limits.file_size}",
            f"--ulimit=nofile={step.limits.open_files}",
            "--ulimit=core=0",
            f"--user={os.geteuid() if user is None else user}:{os.getegid() if group is None else group}",
            f"--mount=type=bind,source={step.workdir},target={_PLACE}",
            f"--workdir={_PLACE}",
            f"--env=HOME={_PLACE}",
            "--env=LANG=C.UTF-8",
            "--entrypoint=timeout",  # ends the program even where this server has been killed
            self._image,
            "-s",
            "KILL",
            str(step.limits.seconds),
            *argv,
        ]

    async def _kill(self, name: str, process: asyncio.subprocess.Process) -> None:
        """Kills the container until its client has ended: it may not exist yet at the first try."""
        while process.returncode is None:
            killer = await asyncio.create_subprocess_exec(
                self._docker,
                "kill",
                name,
                env=_client_environment(),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            await killer.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(0.2):
                    await process.wait()

    def kill_all(self) -> None:
        """Kills every container of this server, waiting for the engine a few seconds at most."""
        if self._running:
            with suppress(subprocess.TimeoutExpired):
                subprocess.run(  # noqa: S603  our own names
                    [self._docker, "kill", *self._running],
                    check=False,
                    capture_output=True,
                    env=_client_environment(),
                    timeout=5,
                )


async def open_container(image: str) -> tuple[Container | None, str]:
    """A container backend, or None and why there is none. The engine is asked once, with a deadline."""
    docker = shutil.which("docker")
    if docker is None:
        return None, "no container engine"
    if await _ask([docker, "version", "--format", "{{.Server.Version}}"], _ENGINE_SECONDS) is None:
        return None, "no container engine answers"
    if not image:
        return None, "EXECUTOR_IMAGE is not set"
    if await _ask([docker, "image", "inspect", image], _ENGINE_SECONDS) is None:
        return None, f"the image {image} is not present"
    look = f"for tool in {' '.join(TOOLS)} timeout; do command -v $tool; done; true"
    alone = ["--rm", "--pull=never", "--network=none", "--entrypoint=/bin/sh"]
    listing = await _ask([docker, "run", *alone, image, "-c", look], _PROBE_SECONDS)
    tools = {path.rpartition("/")[2]: path for path in (listing or "").split()}
    if "timeout" not in tools:
        return None, f"the image {image} cannot run programs: it lacks sh or timeout"
    return Container(docker, image, tools), "the engine and the image are there"


def _client_environment() -> dict[str, str]:
    """What the client needs to find its engine, and no secret of the server."""
    wanted = ("PATH", "HOME", "XDG_RUNTIME_DIR")
    return {name: value for name, value in os.environ.items() if name in wanted or name.startswith("DOCKER_")}


async def _ask(command: list[str], seconds: float) -> str | None:
    """What a command prints; None when it fails or takes longer."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env=_client_environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(seconds):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    return output.decode("utf-8", "replace") if process.returncode == 0 else None
