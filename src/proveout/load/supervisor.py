r"""The supervisor of a load: runs one segment with locust in processes of their own, and ends them.

With one worker it is locust's local runner; with more, a master and workers on loopback. Nothing is believed
that locust says of itself, its exit status least: a worker is alive as long as it writes windows, and done
when it has written its end.

Workers on other machines are locust's own: `elsewhere` of the workers, those with the highest numbers, are
started by somebody else, each with a copy of the order (`order-0001.json`, its `folder` a folder there), as

    ssh -R 5557:127.0.0.1:5557 far  \\
        PROVEOUT_LOAD_ORDER=order-0001.json PROVEOUT_LOAD_WORKER=2  \\
        locust -f locustfile.py --worker --master-port 5557

so that the master stays on loopback. Each writes its own file of windows there; copied back into `windows/`,
once or often (`rsync`), it is merged. A segment ends when all of them have come back.
"""

import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Literal, NamedTuple

from proveout.load.ledger import disk_full, windows
from proveout.load.line import End
from proveout.load.order import Order
from proveout.load.process import Process
from proveout.load.workers import Ended
from proveout.model.files import write_text
from proveout.providers.address import free_port

STARTING = 120.0  # seconds a busy machine may take until all workers have imported locust
LEAD = 0.5  # seconds from the word "go" to the first arrival
LEAD_ELSEWHERE = 60.0  # the same if workers of other machines must be started first
SILENT = 30.0  # seconds without a window, at least, until a worker counts as dead
SILENT_WINDOWS = 3
COPYING = 600.0  # seconds until the windows of another machine must have been copied back
LEAVING = 30.0  # seconds from the request to end until the last worker must have written its end
LAST_WORDS = 4096  # bytes at the end of a file in which the end of a worker is looked for
READY = "ready"


class State(NamedTuple):
    """How a segment is; `why` says what ended it."""

    word: Literal["starting", "running", "complete", "checkpoint", "stopped", "dead"]
    why: str = ""


class Generator:
    """One segment of a load, carried out by locust as `order` says.

    `records` is where started processes are written down, so that the next run ends them if this one cannot.
    The order's epoch is set here: when all workers are ready. `port` is the master's.
    """

    def __init__(
        self, order: Order, locustfile: Path, records: Path, *, elsewhere: int = 0, port: int | None = None
    ) -> None:
        self.order = order
        self.folder = Path(order.folder)
        self.port = port or free_port()
        self.processes: list[Process] = []
        self.ends: dict[int, End] = {}
        self._locustfile = locustfile.resolve()
        self._records = records
        self._local = range(order.workers - elsewhere)
        self._pulses = {number: _Pulse(self._file(number)) for number in range(order.workers)}
        self._word: Literal["starting", "running", "leaving"] = "starting"
        self._until = math.inf  # of the monotonic clock: when the word must have changed

    def start(self) -> None:
        """Start the processes; `poll` lets them begin when all of them are ready.

        Raises:
            DiskFull: there is no room for the order, or for what is kept of a process.
        """
        try:
            self._start()
        except OSError as error:
            self.stop()
            raise disk_full(self.folder, error) from error

    def _start(self) -> None:
        (self.folder / READY).mkdir(parents=True, exist_ok=True)
        for number in self._local:
            self._ready(number).unlink(missing_ok=True)
        self._go.unlink(missing_ok=True)
        elsewhere = len(self._local) < self.order.workers
        self.order = replace(self.order, epoch=time.time() + LEAD_ELSEWHERE if elsewhere else 0.0)
        order = self.folder / f"order-{self.order.segment:04d}.json"
        self.order.save(order)
        try:
            for worker in self._roles():
                self.processes.append(self._process(worker, order))
        except BaseException:
            self.stop()
            raise
        self._until = time.monotonic() + STARTING
        if elsewhere:
            self._begin(LEAD_ELSEWHERE)

    def poll(self) -> State:
        """Look how the segment is; to be called every second or so.

        Raises:
            DiskFull: there is no room for the word "go".
        """
        gone = [each for each in self.processes if each.ended]
        self._listen()  # after that look, because a worker writes its end before it goes
        for end in self.ends.values():
            if end.why not in {"complete", "checkpoint"}:
                return State("stopped", f"{end.why}: {end.text}" if end.text else end.why)
        if len(self.ends) == self.order.workers:
            asked = any(end.why == "checkpoint" for end in self.ends.values())
            return State("checkpoint" if asked else "complete")
        gone = [each for each in gone if each.worker not in self.ends]
        if gone and self._word != "leaving":
            return State("dead", gone[0].ended)
        return {"starting": self._starting, "running": self._running, "leaving": self._leaving}[self._word]()

    def checkpoint(self) -> None:
        """Ask all workers to write what they have and to end; `poll` says when they did."""
        if self._word != "leaving":
            self._word, self._until = "leaving", time.monotonic() + LEAVING
            for process in self.processes:
                # Locust's master would end its workers in its own way.
                if process.worker is not None:
                    process.ask()

    def stop(self) -> None:
        """Kill whatever is left; nothing of the segment runs afterwards."""
        for process in self.processes:
            process.stop()

    def _starting(self) -> State:
        if all(self._ready(number).exists() for number in self._local):
            epoch = time.time() + LEAD
            self.order = replace(self.order, epoch=epoch)
            try:
                write_text(self._go, f"{epoch!r}\n")
            except OSError as error:
                raise disk_full(self._go, error) from error
            self._begin(LEAD)
            return State("running")
        if time.monotonic() > self._until:
            late = [number for number in self._local if not self._ready(number).exists()]
            return State("dead", f"worker {late[0]} was not ready within {STARTING:g} s")
        return State("starting")

    def _begin(self, lead: float) -> None:
        self._word = "running"
        for pulse in self._pulses.values():
            pulse.beat(later=lead)

    def _running(self) -> State:
        patience = max(SILENT_WINDOWS * self.order.profile.window, SILENT)
        for number, pulse in self._pulses.items():
            allowed = patience if number in self._local else COPYING
            if number not in self.ends and pulse.silence > allowed:
                return State("dead", f"worker {number} wrote no window for {allowed:g} s")
        return State("running")

    def _leaving(self) -> State:
        here = [number for number in self._local if number not in self.ends]
        left = [p for p in self.processes if p.worker in here and not p.ended]
        if not left or time.monotonic() > self._until:
            # What is not written by now never will be; the windows that all of them wrote are valid.
            return State("checkpoint", f"{len(here)} of {self.order.workers} workers wrote no end")
        return State("running")

    def _listen(self) -> None:
        for number, pulse in self._pulses.items():
            if number not in self.ends and pulse.changed():
                end = pulse.end()
                if end is not None:
                    self.ends[number] = end

    def _roles(self) -> list[int | None]:
        return [*self._local] if self.order.workers == 1 else [None, *self._local]

    def _process(self, worker: int | None, order: Path) -> Process:
        # Who is the master matters little, but it must be there before the workers look for it.
        role = "" if worker is None or self.order.workers == 1 else f"-{worker:02d}"
        return Process(
            self._arguments(worker),
            worker=worker,
            order=order,
            folder=self.folder,
            log=self.folder / f"generator-{self.order.segment:04d}{role}.log",
            records=self._records,
        )

    def _arguments(self, worker: int | None) -> list[str]:
        common = ["-f", str(self._locustfile), "--loglevel", "WARNING"]
        users = str(self.order.workers)
        alone = ["--headless", "--only-summary", "--users", users, "--spawn-rate", users]
        if self.order.workers == 1:
            return [*common, *alone, "--exit-code-on-error", "0"]
        if worker is None:
            bind = ["--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", str(self.port)]
            return [*common, *alone, *bind, "--expect-workers", users]
        return [*common, "--worker", "--master-host", "127.0.0.1", "--master-port", str(self.port)]

    def _file(self, number: int) -> Path:
        return windows(self.folder, self.order.segment, number)

    def _ready(self, number: int) -> Path:
        return self.folder / READY / f"{self.order.segment:04d}-{number:02d}"

    @property
    def _go(self) -> Path:
        return self.folder / READY / f"{self.order.segment:04d}.go"


class _Pulse:
    """The sign of life of a worker: its file grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = -1
        self._beat = time.monotonic()

    @property
    def silence(self) -> float:
        return time.monotonic() - self._beat

    def beat(self, later: float = 0.0) -> None:
        self._beat = time.monotonic() + later

    def changed(self) -> bool:
        try:
            size = self._path.stat().st_size
        except FileNotFoundError:
            return False
        if size == self._size:
            return False
        self._size = size
        self.beat()
        return True

    def end(self) -> End | None:
        with self._path.open("rb") as stream:
            stream.seek(max(0, self._size - LAST_WORDS))
            content = stream.read()
        *_, last = content.removesuffix(b"\n").rpartition(b"\n")
        if content.endswith(b"\n") and last.startswith(b'{"end"'):
            return Ended.model_validate_json(last).end
        return None
