"""The supervisor: runs locust as a process of its own, and ends it, whatever happens.

Locust is never imported here: it patches the sockets and threads of the process it lives in.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from proveout.load.order import VARIABLE, Order
from proveout.providers import reaper

STARTING = 60.0  # seconds a busy machine may take to import locust, and to leave it again
# What the process keeps of the surroundings: no proxies, no LOCUST_* settings, nothing that is a secret.
KEPT = ("PATH", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "TZ")


@dataclass(frozen=True)
class Ending:
    """How the process ended; the exit code is only told, because locust's says nothing about the load."""

    code: int | None
    log: Path

    def __str__(self) -> str:
        if self.code is None:
            return "the load generator did not end in time"
        if self.code < 0:
            return f"the load generator was ended by signal {-self.code}"
        return f"the load generator ended with exit status {self.code}"


def drive(order: Order, locustfile: Path, folder: Path, records: Path) -> Ending:
    """Carry out an order with locust, and wait until it is done.

    `folder` takes the order and the log; `records` is the folder of the run, where the process is written
    down so that the next run ends it if this one cannot.
    """
    path, log = folder / "order.json", folder / "locust.log"
    order.save(path)
    started = reaper.record(records, "the load generator")
    surroundings = _surroundings(folder) | {VARIABLE: str(path), reaper.TOKEN_VARIABLE: started.token}
    try:
        with log.open("wb") as stream:
            process = subprocess.Popen(  # noqa: S603 - our own command, no shell
                _command(locustfile),
                cwd=folder,
                env=surroundings,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            started = reaper.running(records, started, process.pid)
            # The schedule, the patience with the last visit, and the time to come and to go.
            code = _wait(process, order.duration + order.answer + 2 * STARTING)
        finally:
            _end(process)
        return Ending(code, log)
    finally:
        reaper.end(started, within=0)
        reaper.forget(records, started)


def _command(locustfile: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "locust", "-f", str(locustfile.resolve())),
        *("--headless", "--only-summary", "--users", "1", "--spawn-rate", "1"),
        *("--exit-code-on-error", "0", "--loglevel", "INFO"),
    ]


def _surroundings(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    # Locust reads settings from the home and from the working directory: both are the empty folder.
    return {"LANG": "C.UTF-8", "HOME": str(folder), "PYTHONUNBUFFERED": "1", **kept}


def _wait(process: "subprocess.Popen[bytes]", within: float) -> int | None:
    try:
        return process.wait(timeout=within)
    except subprocess.TimeoutExpired:
        return None


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill the whole group, unless its leader has ended: then its number may be somebody else's."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
