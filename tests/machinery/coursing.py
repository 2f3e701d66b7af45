"""A small soak against a counting target, driven by the real course and the real locust.

As a program it is the supervisor that tests kill: `python -m machinery.coursing FOLDER URL WORKERS`.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import psutil

from machinery.judging import allowing
from proveout.load.line import Head, Sample
from proveout.load.order import Order
from proveout.load.profile import load_profile
from proveout.load.reading import read
from proveout.safety.policy import Policy
from proveout.soak.course import Course, run
from proveout.soak.judgement import judge

ROOT = Path(__file__).parents[2]
LOCUSTFILE = ROOT / "suites" / "load" / "locustfile.py"
JOURNEY = """
from locust import task
from proveout.load.users import GuardedUser

class Visitor(GuardedUser):
    @task
    def visit(self):
        number = self.number
        self.ask("GET", f"/visit/{number}", name="/visit/N", fits=lambda answer: answer == {"visit": number})
"""
PROFILE = """
says = "a few seconds of much"
arrivals = "poisson"
seed = 7
window = "{window}"
sample = "{sample}"
in_flight = 200
{idle}
[[phases]]
lasts = "{lasts}s"
rate = {rate}
[system.ceesar]
journeys = [{{ journey = "visitor", share = 1 }}]
[system.ceesar.limits]
error_share = 0.01
{budgets}
"""


def lay_out(folder, *, lasts=20, rate=50, window="1s", sample="2s", pause="", budgets="", journey=JOURNEY):
    """Write the profile and the journey that `course` needs into a folder.

    With `pause` nobody arrives in the last part of each window; `budgets` are more limits, as TOML.
    """
    idle = f'idle = {{ every = "{window}", lasts = "{pause}" }}' if pause else ""
    (folder / "journeys").mkdir(parents=True)
    (folder / "journeys" / "visitor.py").write_text(journey)
    (folder / "small.toml").write_text(
        PROFILE.format(lasts=lasts, rate=rate, window=window, sample=sample, idle=idle, budgets=budgets)
    )
    return folder


def course(folder, url, *, workers=1, **words):
    profile = load_profile(folder, "small")
    port = int(url.rpartition(":")[2])
    order = Order(
        url=url,
        environment="gamma",
        system="ceesar",
        policy=Policy("http", "127.0.0.1", port, "", frozenset(), frozenset({"reads"}), frozenset()),
        effect="reads",
        requests=0,
        answer=10.0,
        body=10_000,
        profile=profile,
        digest=profile.digest,
        journeys=str(folder / "journeys"),
        segment=1,
        workers=workers,
        start=0.0,
        until=0.0,
        folder="",
        definition={},
    )
    head = Head(
        ledger="1",
        environment="ceesar/gamma",
        provenance="live",
        url=url,
        version="1.0.0",
        profile_name="small",
        profile=profile.digest,
        definition="d",
        duration=profile.duration,
        rehearsal=False,
        window=profile.window,
        sample=profile.sample,
        began="2026-11-20T10:00:00+00:00",
    )
    return Course(folder / "soaks" / "1", head, folder / "small.toml", order, LOCUSTFILE, **words)


def look_at(url):
    """Return the look of a sampler that sees what the target says of itself, and whether it answers."""

    def look(number, segment):
        try:
            with urllib.request.urlopen(url, timeout=5) as reply:  # noqa: S310 - our own server
                content = json.load(reply)
        except OSError as error:
            return Sample(number=number, segment=segment, at=time.time(), get=f"nothing answers: {error}")
        return Sample(number=number, segment=segment, at=time.time(), get="200", **content)

    return look


def verdict(ledger, *, requests=None, **limits):
    """Return what is judged of a ledger by the budgets of its own profile, some of them changed."""
    mix = allowing(ledger.profile.mix("ceesar"), **limits)
    asked = {**mix.requests, **(requests or {})}
    return judge(ledger, ledger.profile, mix.model_copy(update={"requests": asked}))


def drive(folder, url, *, watch=lambda _: [], tell=lambda _: None, look=None, **words):
    """Drive the course in this process, to its end."""
    return run(course(folder, url, **words), sample=look or look_at(url), watch=watch, tell=tell)


class Supervisor:
    """The course as a process of its own, with what it started."""

    def __init__(self, folder, url, *, workers=1):
        self.ledger = folder / "soaks" / "1"
        self.log = folder / "supervisor.log"
        words = [sys.executable, "-m", "machinery.coursing", str(folder), url, str(workers)]
        with self.log.open("ab") as stream:
            self.process = subprocess.Popen(
                words,
                cwd=ROOT / "tests",
                env={**os.environ, "PYTHONPATH": str(ROOT / "tests")},
                stdout=stream,
                stderr=stream,
            )

    def members(self):
        """Return the processes of locust by the number of their worker; None is the master."""
        found = {}
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.Error):
                if "locust" in child.cmdline():
                    number = child.environ().get("PROVEOUT_LOAD_WORKER")
                    found[number and int(number)] = child
        return found

    def until(self, fits, *, within=120):
        """Wait until the ledger is as a function wants it, and return it."""
        deadline = time.monotonic() + within
        while True:
            ledger = read(self.ledger) if (self.ledger / "head.json").exists() else None
            if ledger is not None and fits(ledger):
                return ledger
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, f"{ledger and ledger.position}: {self.log.read_text()}"
            time.sleep(0.05)

    def send(self, number):
        self.process.send_signal(number)

    def wait(self, within=180):
        """Wait for its end and return the ledger."""
        code = self.process.wait(timeout=within)
        assert code in {0, -signal.SIGKILL}, self.log.read_text()
        return read(self.ledger)


if __name__ == "__main__":
    drive(Path(sys.argv[1]), sys.argv[2], workers=int(sys.argv[3]))
