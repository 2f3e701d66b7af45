"""Usage: what an environment takes of its machine, the programs that it runs for its users included."""

from dataclasses import dataclass

from proveout.access.answer import Unknowable
from proveout.access.machine import Machine

TICKS = 100.0  # of a second, in /proc of every Linux that programs see
# Of each process: its memory (pages that it shares are shared out, where the kernel says so), when it began,
# and its CPU time with that of the children it has waited for.
LOOK = """grep -s '^oom_kill ' /proc/vmstat || echo oom_kill -
cat /proc/uptime
for p do
  said=$(tr '\\n' ' ' <"/proc/$p/stat" 2>/dev/null) && test -n "$said" || continue
  set -- $(grep -s '^Pss:' "/proc/$p/smaps_rollup" || grep -s '^VmRSS:' "/proc/$p/status")
  echo "$p ${2:-0} ${said##*)}"
done"""


@dataclass(frozen=True)
class Usage:
    """What was taken at a moment: bytes of memory, and seconds of CPU time since the server began.

    `listeners` are the processes that listen, with when they began; `killed` is how many processes of the
    whole machine the kernel has ended for want of memory, None where it does not say.
    """

    at: float
    listeners: frozenset[tuple[int, float]]
    memory: int
    cpu: float
    killed: int | None


class Meter:
    """Reads again and again what the server on a port of a machine takes."""

    def __init__(self, machine: Machine, port: int) -> None:
        self._machine = machine
        self._port = port
        self._listening: set[int] = set()

    def read(self) -> Usage:
        """Return what is taken now; `at` is in seconds of the machine's own uptime.

        Raises:
            Unknowable: the machine does not show its processes.
        """
        __tracebackhide__ = True
        if not self._listening:
            self._listening = self._machine.processes.listening(self._port)
        family = self._machine.processes.family(self._listening)
        words = " ".join(map(str, sorted(family)))
        done = self._machine.run(f"sh -c %s sh {words}", LOOK)
        if len(done.lines) < 2:
            raise Unknowable(f"what its processes take cannot be seen: {done.last_words}")
        counter, uptime, *rows = done.lines
        memory, cpu = 0, 0.0
        listeners = set()
        for row in rows:
            pid, kilobytes, *fields = row.split()
            memory += 1024 * int(kilobytes)
            cpu += sum(int(ticks) for ticks in fields[11:15]) / TICKS
            if int(pid) in self._listening:
                listeners.add((int(pid), int(fields[19]) / TICKS))
        if not listeners:
            self._listening = set()
        killed = counter.split()[-1]
        return Usage(
            float(uptime.split()[0]),
            frozenset(listeners),
            memory,
            cpu,
            int(killed) if killed.isdecimal() else None,
        )
