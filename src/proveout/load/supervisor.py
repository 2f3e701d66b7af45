r"""The supervisor of a load: runs one segment with locust in processes of their own, and ends them.

With one worker it is locust's local runner; with more, a master and workers on loopback. Nothing is believed
that locust says of itself, its exit status least: a worker is alive as long as it writes windows, and done
when it has written its end.

Workers on other machines are locust's own: `elsewhere` of the workers, those with the highest numbers, are
started by somebody else (the module `elsewhere` says how), through a tunnel, so that the master stays on
loopback. All begin together once the last has come. Each writes its own file of windows there; copied back
into `windows/`, once or often, it is merged. A segment ends when all of them have come back. A worker
elsewhere that does not come, or brings nothing back, ends the load: nobody here can start it anew.
"""

import math
import time
from pathlib import Path
from typing import Literal, NamedTuple

from proveout.load.ledger import WINDOWS, disk_full, windows
from proveout.load.line import End
from proveout.load.order import Order
from proveout.load.process import Process
from proveout.load.signs import Signs
from proveout.load.workers import Ended
from proveout.model.files import write_text
from proveout.model.mistake import shown
from proveout.model.quantity import brief
from proveout.model.wording import plural
from proveout.providers.address import free_port

STARTING = 120.0  # seconds a busy machine may take until all workers have imported locust
LEAD = 0.5  # seconds from the word "go" to the first arrival
LEAD_ELSEWHERE = 2.0  # the same where the word must reach other machines
JOINING = 300.0  # seconds a person has to start the workers of other machines
SILENT = 30.0  # seconds without a window, at least, until a worker counts as dead
SILENT_WINDOWS = 3
COPYING = 600.0  # seconds until the windows of another machine must have been copied back
LEAVING = 30.0  # seconds from the request to end until the last worker must have written its end
LAST_WORDS = 4096  # bytes at the end of a file in which the end of a worker is looked for


class State(NamedTuple):
    """How a segment is; `why` says what ended it."""

    word: Literal["starting", "running", "complete", "checkpoint", "stopped", "dead"]
    why: str = ""


class Generator:
    """One segment of a load, carried out by locust as `order` says.

    `records` is where started processes are written down, so that the next run ends them if this one cannot.
    `begun` is when its profile time begins to pass, in seconds of the epoch: None until all workers are
    ready. `port` is the master's.
    """

    def __init__(
        self, order: Order, locustfile: Path, records: Path, *, elsewhere: int = 0, port: int | None = None
    ) -> None:
        self.order = order
        self.begun: float | None = None
        self.folder = Path(order.folder)
        self.port = port or free_port()
        self.processes: list[Process] = []
        self.ends: dict[int, End] = {}
        self.locustfile = locustfile.resolve()
        self._records = records
        self._signs = Signs(self.folder, order.segment)
        self._local = range(order.workers - elsewhere)
        self.elsewhere = range(order.workers - elsewhere, order.workers)
        self._pulses = {number: _Pulse(self._file(number)) for number in range(order.workers)}
        self._word: Literal["opening", "joining", "starting", "running", "leaving"] = "starting"
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
        self._signs.clear()
        self.order.save(self.order.file)
        try:
            for worker in self._roles():
                self.processes.append(self._process(worker))
        except BaseException:
            self.stop()
            raise
        self._word = "opening" if self.elsewhere else "starting"
        self._until = time.monotonic() + STARTING

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
        gone = [each for each in gone if each.worker not in self.ends and not self._may_go(each)]
        if gone and self._word != "leaving":
            return State("dead", gone[0].ended)
        looks = {
            "opening": self._opening,
            "joining": self._joining,
            "starting": self._starting,
            "running": self._running,
            "leaving": self._leaving,
        }
        return looks[self._word]()

    @property
    def open(self) -> bool:
        """Return whether workers of other machines can reach the master, if there are any."""
        return bool(self.elsewhere) and self._signs.open.exists()

    def at(self, position: float) -> float:
        """Return when a position of profile time comes, in seconds of the epoch; infinity while unknown."""
        return math.inf if self.begun is None else self.begun + (position - self.order.start)

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

    def _may_go(self, process: Process) -> bool:
        """Return whether it is a master that ended with its workers, before all windows have come."""
        return process.worker is None and self._word == "running" and self.ends.keys() >= {*self._local}

    def _opening(self) -> State:
        if self.open:
            self._word, self._until = "joining", time.monotonic() + JOINING
        elif time.monotonic() > self._until:
            return State("dead", f"the master was not ready within {STARTING:g} s")
        return State("starting")

    def _joining(self) -> State:
        missing = [number for number in self.elsewhere if not self._signs.joined(number).exists()]
        if not missing:
            self._word, self._until = "starting", time.monotonic() + STARTING
        elif time.monotonic() > self._until:
            who = _named(missing)
            return State("stopped", f"{who} never came: nobody started it elsewhere within {brief(JOINING)}")
        return State("starting")

    def _starting(self) -> State:
        late = [n for n in range(self.order.workers) if not self._signs.ready(n).exists()]
        if not late:
            lead = LEAD_ELSEWHERE if self.elsewhere else LEAD
            self.begun = time.time() + lead
            try:
                write_text(self._signs.go, f"{self.begun!r}\n")
            except OSError as error:
                raise disk_full(self._signs.go, error) from error
            self._word = "running"
            for pulse in self._pulses.values():
                pulse.beat(later=lead)
            return State("running")
        if time.monotonic() > self._until:
            return State("dead", f"worker {late[0]} was not ready within {STARTING:g} s")
        return State("starting")

    def _running(self) -> State:
        patience = max(SILENT_WINDOWS * self.order.profile.window, SILENT)
        silent = {n: pulse.silence for n, pulse in self._pulses.items() if n not in self.ends}
        for number in self._local:
            if silent.get(number, 0.0) > patience:
                return State("dead", f"worker {number} wrote no window for {patience:g} s")
        missing = [number for number in self.elsewhere if silent.get(number, 0.0) > COPYING]
        if missing:
            place = shown(self.folder / WINDOWS)
            return State(
                "stopped",
                f"no window of {_named(missing)} came back for {brief(COPYING)}: "
                f"copy what was written elsewhere into {place} before you go on",
            )
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
        return [*self._local] if self._alone else [None, *self._local]

    @property
    def _alone(self) -> bool:
        return self.order.workers == 1 and not self.elsewhere

    def _process(self, worker: int | None) -> Process:
        # Who is the master matters little, but it must be there before the workers look for it.
        role = "" if worker is None or self._alone else f"-{worker:02d}"
        return Process(
            self._arguments(worker),
            worker=worker,
            order=self.order.file,
            folder=self.folder,
            log=self.folder / f"generator-{self.order.segment:04d}{role}.log",
            records=self._records,
        )

    def _arguments(self, worker: int | None) -> list[str]:
        common = ["-f", str(self.locustfile), "--loglevel", "WARNING"]
        users = str(self.order.workers)
        alone = ["--headless", "--only-summary", "--users", users, "--spawn-rate", users]
        if self._alone:
            return [*common, *alone, "--exit-code-on-error", "0"]
        if worker is None:
            bind = ["--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", str(self.port)]
            return [*common, *alone, *bind, "--expect-workers", users]
        return [*common, "--worker", "--master-host", "127.0.0.1", "--master-port", str(self.port)]

    def _file(self, number: int) -> Path:
        return windows(self.folder, self.order.segment, number)


def _named(numbers: list[int]) -> str:
    """Name workers: worker 2, or workers 2, 3."""
    return f"{plural(len(numbers), 'worker')} {', '.join(map(str, numbers))}"


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
