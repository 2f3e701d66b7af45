"""One process of locust: started with next to nothing of our surroundings, and ended, whatever happens.

Locust is never imported here: it patches the sockets and threads of the process it lives in.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from proveout.load.order import VARIABLE, WORKER
from proveout.providers import reaper

# What the process keeps of the surroundings: no proxies, no LOCUST_* settings, nothing that is a secret.
KEPT = ("PATH", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "TZ")


class Process:
    """A process in a session of its own; `records` is where it is written down before it starts.

    `worker` is its number, None for a master. It works in `folder`, which locust also takes for its home, so
    that it finds no settings of the user.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        worker: int | None,
        order: Path,
        folder: Path,
        log: Path,
        records: Path,
    ) -> None:
        self.worker = worker
        self.name = "the master" if worker is None else f"worker {worker}"
        self._records = records
        self._started = reaper.record(records, f"the load generator, {self.name}")
        surroundings = _surroundings(folder)
        surroundings |= {VARIABLE: str(order.resolve()), reaper.TOKEN_VARIABLE: self._started.token}
        if worker is not None:
            surroundings[WORKER] = str(worker)
        try:
            with log.open("ab") as stream:
                self._process = subprocess.Popen(  # noqa: S603 - our own command, no shell
                    [sys.executable, "-m", "locust", *arguments],
                    cwd=folder,
                    env=surroundings,
                    stdin=subprocess.DEVNULL,
                    stdout=stream,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
        except OSError:
            reaper.forget(records, self._started)
            raise
        self._started = reaper.running(records, self._started, self._process.pid)

    @property
    def pid(self) -> int:
        """Return its number among the processes of the machine."""
        return self._process.pid

    @property
    def ended(self) -> str:
        """Return how it ended; empty while it runs. The status is only told: locust's says nothing."""
        code = self._process.poll()
        if code is None:
            return ""
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit status {code}"
        return f"{self.name} {how}"

    def ask(self) -> None:
        """Ask it to end (SIGTERM)."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """Kill it with everything it started, a stopped one too, and take it off the records."""
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        reaper.end(self._started, within=0)
        reaper.forget(self._records, self._started)


def _surroundings(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    # Locust reads settings from the home and from the working directory: both are the ledger's folder.
    return {"LANG": "C.UTF-8", "HOME": str(folder), "PYTHONUNBUFFERED": "1", **kept}
