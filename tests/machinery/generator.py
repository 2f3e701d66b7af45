"""A worker of the load generator as a process, driven by an order of a test, and what it left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from proveout.load.histogram import Histogram
from proveout.load.line import End, Finding, Window
from proveout.load.order import VARIABLE, WORKER, Order
from proveout.load.profile import Idle, Limits, Mix, Part, Phase, Profile
from proveout.load.signs import Signs
from proveout.providers.readiness import NotYet, probe
from proveout.safety.policy import Policy

ROOT = Path(__file__).resolve().parents[2]
LOCUSTFILE = ROOT / "suites" / "load" / "locustfile.py"
JOURNEYS = ROOT / "suites" / "load" / "journeys"
WITHIN = 120  # seconds for a busy machine to start locust, and to leave it


def profile(*, rate=20.0, seconds=2.0, journeys=("ceesar.visitor",), window=1.0, idle=None, **more):
    """Return a short profile; a journey is a name with a share of 1, or a `Part`."""
    parts = tuple(Part(journey=each, share=1) if isinstance(each, str) else each for each in journeys)
    return Profile(
        says="a test",
        window=f"{window}s",
        phases=(Phase(lasts=f"{seconds}s", rate=rate),),
        idle=idle and Idle(every=f"{idle[0]}s", lasts=f"{idle[1]}s"),
        system={"ceesar": Mix(journeys=parts, limits=Limits(error_share=0.5))},
        name="test",
        digest="d" * 64,
        **{"arrivals": "regular", "in_flight": 500, **more},
    )


def order(url, folder, shape, *, journeys=JOURNEYS, effect="reads", **more):
    """Return an order for one segment of a profile against a server on loopback."""
    host, _, port = url.removeprefix("http://").partition(":")
    policy = Policy(
        "http",
        host,
        int(port),
        "",
        frozenset(),
        frozenset({"reads", effect}),
        frozenset({"POST /api/run"}),
    )
    (folder / "windows").mkdir(parents=True, exist_ok=True)
    fields = {
        "url": url,
        "environment": "gamma",
        "system": "ceesar",
        "policy": policy,
        "effect": effect,
        "requests": 100_000,
        "answer": 10.0,
        "body": 1 << 20,
        "profile": shape,
        "digest": shape.digest,
        "journeys": str(journeys),
        "segment": 1,
        "workers": 1,
        "start": 0.0,
        "until": shape.duration,
        "folder": str(folder),
        "definition": {},
    }
    return Order(**fields | more)


@dataclass
class Worker:
    """One worker; `go` lets it begin, `left` is what it wrote."""

    order: Order
    number: int = 0
    locustfile: Path = LOCUSTFILE
    process: "subprocess.Popen[bytes]" = field(init=False)

    @property
    def folder(self):
        return Path(self.order.folder)

    @property
    def name(self):
        return f"{self.order.segment:04d}-{self.number:02d}"

    def start(self):
        self.order.save(self.order.file)
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "locust", "-f", str(self.locustfile), "--headless"),
                *("--only-summary", "--users", "1", "--spawn-rate", "1", "--exit-code-on-error", "0"),
            ],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(self.folder)}
            | {VARIABLE: str(self.order.file), WORKER: str(self.number)},
            stdin=subprocess.DEVNULL,
            stdout=(self.folder / f"{self.name}.log").open("wb"),
            stderr=subprocess.STDOUT,
        )
        return self

    def go(self, lead=0.3):
        """Wait until it is ready, or has ended, and let it begin; return the epoch."""
        signs = Signs(self.folder, self.order.segment)

        def ready():
            if not signs.ready(self.number).exists() and self.process.poll() is None:
                raise NotYet("not ready")

        probe(ready, within=WITHIN)
        epoch = time.time() + lead
        if self.process.poll() is None and not signs.go.exists():
            signs.go.with_suffix(".new").write_text(repr(epoch))
            signs.go.with_suffix(".new").rename(signs.go)
        return epoch

    def until(self, windows):
        """Wait until it has written so many windows."""

        def written():
            if len(self.left().windows) < windows:
                raise NotYet(f"{len(self.left().windows)} windows")

        probe(written, within=WITHIN)

    def ask_to_end(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self):
        """Wait for its end and return what it left."""
        self.process.wait(timeout=WITHIN)
        return self.left()

    def left(self):
        lines = _lines(self.folder / "windows" / f"{self.name}.jsonl")
        ends = [End(**line["end"]) for line in lines if isinstance(line["end"], dict)]
        windows = [Window(**line) for line in lines if not isinstance(line["end"], dict)]
        findings = [Finding(**line) for line in _lines(self.folder / "findings.jsonl")]
        return Left(windows, ends[0] if ends else None, findings, self.process.poll(), self.log)

    @property
    def log(self):
        return (self.folder / f"{self.name}.log").read_text()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=WITHIN)


@dataclass
class Left:
    """What a worker wrote, and how it ended."""

    windows: list[Window]
    end: End | None
    findings: list[Finding]
    code: int | None
    log: str

    def sum(self, name):
        return sum(getattr(window, name) for window in self.windows)

    @property
    def statuses(self):
        found = {}
        for window in self.windows:
            for status, count in window.statuses.items():
                found[status] = found.get(status, 0) + count
        return found

    def errors(self, name):
        found = {}
        for window in self.windows:
            for kind, count in window.names[name].errors.items() if name in window.names else ():
                found[kind] = found.get(kind, 0) + count
        return found

    def histogram(self, name, which="waited"):
        found = Histogram()
        for window in self.windows:
            if tally := window.names.get(name):
                found.merge(Histogram.decode(getattr(tally, which), tally.failed))
        return found

    @property
    def names(self):
        return sorted({name for window in self.windows for name in window.names})


def _lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
