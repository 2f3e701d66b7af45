"""Processes of their own that decide, or store evidence, when they are told to."""

import json
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from machinery.gatekeeping import NOW, Gatekeeping
from proveout.evidence.reading import facts_of_run, read_run

# Each line it reads is work: a folder, how many microseconds to wait, and how often to do it.
_FRAME = """
import json, sys, time
from datetime import datetime
from pathlib import Path
from proveout.catalogue.catalogue import load
from proveout.evidence.store import Store
from proveout.gates.decide import decide_on_record
from proveout.model.mistake import UserError
now = datetime.fromisoformat(sys.argv[1])
{prepare}
print("ready", flush=True)
for line in sys.stdin:
    folder, wait, times = line.rsplit(maxsplit=2)
    store, until = Store(Path(folder)), time.perf_counter() + int(wait) / 1e6
    while time.perf_counter() < until:
        pass
    for _ in range(int(times)):
{work}
    print("done", flush=True)
"""
DECIDE = _FRAME.format(
    prepare="catalogue = load(Path(sys.argv[2])); gate = catalogue.gate(sys.argv[3])",
    work="""
        decision, file = decide_on_record(catalogue, gate, store, now=now)
        print(json.dumps([decision.word.value, file.name if file else None, decision.head]), flush=True)
""",
)
ADD = _FRAME.format(
    prepare="body, facts = Path(sys.argv[2]).read_bytes(), json.loads(sys.argv[3])",
    work="""
        print(json.dumps(store.add("run", body, facts, now=now).number), flush=True)
""",
)


class Worker(AbstractContextManager["Worker"]):
    """A process that works when it is told to, and says what came of it."""

    def __init__(self, code: str, *words: str, before: tuple[str, ...] = ()) -> None:
        self.process = subprocess.Popen(
            [*before, sys.executable, "-c", code, NOW.isoformat(), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._line() == "ready"

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"it ended with {self.process.wait()}"
        return line.strip()

    def tell(self, folder: Path, *, wait: int = 0, times: int = 1) -> None:
        """Let it begin; `wait` in microseconds."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{folder} {wait} {times}\n")
        self.process.stdin.flush()

    def results(self) -> list[Any]:
        """Return what it did, once it is through."""
        found = []
        while (line := self._line()) != "done":
            found.append(json.loads(line))
        return found

    def said(self) -> list[Any]:
        """Return what it has said until it ended."""
        assert self.process.stdout is not None
        lines = self.process.stdout.read().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.startswith("[") and line.endswith("\n")]

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


def decider(keeping: Gatekeeping, edge: str) -> Worker:
    """Return a process that decides on record."""
    return Worker(DECIDE, str(keeping.environments), f"{keeping.system}/{edge}")


def adder(keeping: Gatekeeping, content: dict[str, Any]) -> Worker:
    """Return a process that stores a run."""
    payload = json.dumps(content).encode()
    file = keeping.folder / "run.json"
    file.write_bytes(payload)
    return Worker(ADD, str(file), json.dumps(facts_of_run(read_run(payload))))
