"""The vital signs of a server: what its processes take of their machine, and since when it runs."""

from dataclasses import dataclass

from proveout.access.answer import Unknowable, Wrong
from proveout.access.machine import Machine
from proveout.access.process import LISTENING

TICKS = 100.0  # of a second, in /proc of every Linux that programs see
SETTLED = 10.0  # seconds; a child that is younger, of a server that is older, comes and goes
LOOK = """cat /proc/net/tcp /proc/net/tcp6 2>/dev/null
echo --
grep -h -s -e '^Pid:' -e '^PPid:' /proc/[0-9]*/status
echo --
test -z "$1" || ls -ln "/proc/$1/fd" 2>/dev/null
true"""
EACH = """cat /proc/uptime && grep '^btime ' /proc/stat || exit
for p do
  said=$(tr '\\n' ' ' <"/proc/$p/stat" 2>/dev/null) && test -n "$said" || continue
  echo "$p $(ls "/proc/$p/fd" 2>/dev/null | wc -l) $(grep -s -e '^VmRSS:' "/proc/$p/status" | tr -dc 0-9)-"
  echo "$said"
done"""


@dataclass(frozen=True)
class Vitals:
    """Sums over the server's processes: bytes, open files, threads, seconds of CPU used.

    `pid` is the process that listens, `started` when it did, in seconds of the epoch.
    """

    pid: int
    started: float
    rss: int
    descriptors: int
    threads: int
    cpu: float


@dataclass(frozen=True)
class _Process:
    pid: int
    began: float  # ticks since the machine did
    descriptors: int
    rss: int
    threads: int
    cpu: float


class Pulse:
    """Looks again and again at the server that listens on a port of a machine, at little cost."""

    def __init__(self, machine: Machine, port: int) -> None:
        self._machine = machine
        self._port = port
        self._known = 0
        self._started: dict[tuple[int, float], float] = {}

    def feel(self) -> Vitals:
        """Return the vital signs of this moment.

        Raises:
            Wrong: nobody listens on the port.
            Unknowable: the machine cannot be reached, or does not show whose process it is.
        """
        __tracebackhide__ = True
        done = self._machine.run("sh -c %s sh %s", LOOK, str(self._known or ""))
        sockets, statuses, open_files = f"{done.stdout}\n".split("--\n", 2)
        inodes = _listening(sockets, self._port)
        if not inodes:
            raise Wrong(f"no process listens on port {self._port} ({self._machine.name})")
        parents = _parents(statuses)
        if not any(f"socket:[{inode}]" in open_files for inode in inodes):
            self._known = self._listener(parents)
        return self._sum(_family(self._known, parents))

    def _listener(self, parents: dict[int, int]) -> int:
        """Return the process that listens; of workers that share the socket the one that began them."""
        found = self._machine.processes.listening(self._port)
        if not found:
            raise Wrong(f"no process listens on port {self._port} any more")
        first = {pid for pid in found if parents.get(pid) not in found}
        # Process 1 may hold the sockets of others; in a container it may be the server itself.
        return min(first - {1} or first or found)

    def _sum(self, pids: set[int]) -> Vitals:
        done = self._machine.run(f"sh -c %s sh {' '.join(map(str, sorted(pids)))}", EACH)
        uptime, boot, processes = _processes(done.lines)
        main = next((process for process in processes if process.pid == self._known), None)
        if main is None:
            self._known = 0
            raise Wrong(f"the process that listened on port {self._port} has just ended")
        grown = [p for p in processes if _stays(p, main, uptime)]
        started = self._started.setdefault((main.pid, main.began), boot + main.began / TICKS)
        return Vitals(
            main.pid,
            started,
            sum(p.rss for p in grown),
            sum(p.descriptors for p in grown),
            sum(p.threads for p in grown),
            round(sum(p.cpu for p in grown), 2),
        )


def _stays(process: _Process, main: _Process, uptime: float) -> bool:
    """Return whether a process belongs to the server itself: a program that it runs comes and goes."""
    settled = uptime - process.began / TICKS >= SETTLED
    return settled or process.began - main.began <= SETTLED * TICKS


def _listening(table: str, port: int) -> set[str]:
    rows = [line.split() for line in table.splitlines()]
    return {
        row[9] for row in rows if len(row) > 9 and row[3] == LISTENING and row[1].endswith(f":{port:04X}")
    }


def _parents(statuses: str) -> dict[int, int]:
    parents: dict[int, int] = {}
    process = 0
    for line in statuses.splitlines():
        key, _, number = line.partition(":")
        if key == "Pid":
            process = int(number)
        else:
            parents[process] = int(number)
    return parents


def _family(pid: int, parents: dict[int, int]) -> set[int]:
    members = {pid}
    while more := {child for child, parent in parents.items() if parent in members} - members:
        members |= more
    return members


def _processes(lines: list[str]) -> tuple[float, float, list[_Process]]:
    """Return the uptime of the machine, when it began, and what is said of each process."""
    if len(lines) < 2:
        raise Unknowable("the machine does not show how long it runs: it has no /proc/uptime")
    found = []
    for ours, theirs in zip(lines[2::2], lines[3::2], strict=False):
        pid, descriptors, rss = ours.rstrip("-").split(" ")
        # The name of a program may hold blanks and brackets; what follows the last bracket does not.
        fields = theirs.rpartition(")")[2].split()
        cpu = (int(fields[11]) + int(fields[12])) / TICKS
        found.append(
            _Process(
                int(pid), float(fields[19]), int(descriptors), 1024 * int(rss or 0), int(fields[17]), cpu
            )
        )
    return float(lines[0].split()[0]), float(lines[1].split()[1]), found
