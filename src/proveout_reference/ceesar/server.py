"""Server: the process's life, from taking the port to leaving no child behind."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Generator
from pathlib import Path

import uvicorn

from proveout_reference.ceesar import VERSION
from proveout_reference.ceesar.app import build_app
from proveout_reference.ceesar.executor.executor import Executor, open_executor
from proveout_reference.ceesar.log import Log, carry_library_records
from proveout_reference.ceesar.problems import ProblemStore
from proveout_reference.ceesar.settings import Settings, in_force

_GRACE_SECONDS = 5
_PROBLEMS = Path.cwd() / "data" / "problems"


class PortTakenError(Exception):
    """The server cannot listen where its settings say."""


class _Server(uvicorn.Server):
    """The HTTP server without its own signal handling, which would end the process by signal."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


async def serve(settings: Settings) -> int:
    """Serves until SIGTERM or SIGINT, finishes what is in flight and returns the exit code.

    A second signal ends the process at once. Raises PortTakenError.
    """
    log = Log(settings.log_level)
    carry_library_records(log)
    listener = _listen(settings)
    stop = _Stop(log)
    executor = await open_executor(settings, log)
    stop.executor = executor
    log.event("startup", **_first_settings(settings), **executor.facts(), **in_force(settings))
    store = ProblemStore(_PROBLEMS)
    server = _Server(
        uvicorn.Config(
            build_app(settings, log, store, executor),
            http="h11",
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=int(settings.execution_timeout_seconds) + _GRACE_SECONDS,
        )
    )
    stop.server = server
    server.should_exit = stop.asked
    log.event("listening", url=f"http://{_shown(settings.host)}:{settings.port}", pid=os.getpid())
    try:
        await server.serve(sockets=[listener])
    finally:
        await executor.close()
    log.event("shutdown", reason=stop.reason)
    return 0


class _Stop:
    """What the signals ask for: first an orderly stop, then an immediate one."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.asked = False
        self.reason = "none"
        self.server: uvicorn.Server | None = None
        self.executor: Executor | None = None
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal, number)

    def _on_signal(self, number: signal.Signals) -> None:
        if self.asked:
            self._log.event("shutdown", reason=f"second {number.name}")
            if self.executor is not None:
                self.executor.abandon()
            os._exit(1)  # the kernel ends every execution with its parent
        self.asked = True
        self.reason = number.name
        self._log.event("stopping", reason=number.name)
        if self.server is not None:
            self.server.should_exit = True


def _listen(settings: Settings) -> socket.socket:
    """Takes the port before anything else is started, so that a busy one costs nothing."""
    where = f"{_shown(settings.host)}:{settings.port}"
    try:
        found = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        # Without listen() two servers could both bind; only one of them can listen.
        listener.listen(2048)
    except OSError as error:
        raise PortTakenError(f"cannot listen on {where}: {error.strerror or error}") from None
    listener.setblocking(False)  # noqa: FBT003  the library's only form
    return listener


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _first_settings(settings: Settings) -> dict[str, str | int]:
    return {
        "app_env": settings.app_env,
        "version": VERSION,
        "port": settings.port,
        "frontend_origin": settings.frontend_origin or "unset",
        "executor_mode": settings.executor_mode,
    }
