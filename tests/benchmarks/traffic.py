"""What the load generator costs beside locust alone, whether it is true about a freeze, what a day takes.

`python tests/benchmarks/traffic.py freeze|day|cost` shows one of them; ratios are part of `bench.py`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from rich.console import Console

from machinery import generator
from machinery.freezing import frozen, still

HERE = Path(__file__).resolve()
STEPS = 4  # requests of a visit
USERS = 32  # at once, of both
RATE = 2400.0  # requests a second: like locust alone at full speed, the generator is hardly ever idle
SECONDS = 10
JOURNEY = f"""
from locust import FastHttpUser, task

class One(FastHttpUser):
    concurrency = 1

    @task
    def visits(self):
        for _ in range({STEPS}):
            self.client.get("/health", name="/health")
"""
BARE = """
import json, time
import gevent
from locust import FastHttpUser, events, task

class One(FastHttpUser):
    host = "{url}"

    @task
    def visits(self):
        self.client.get("/health", name="/health")

@events.init.add_listener
def begin(environment, **_):
    def measure():
        gevent.sleep(3)
        used, sent = time.process_time(), environment.stats.total.num_requests
        gevent.sleep({seconds})
        used, sent = time.process_time() - used, environment.stats.total.num_requests - sent
        print("MEASURED", json.dumps([used, sent]), flush=True)
        environment.runner.quit()
    gevent.spawn(measure)
"""


def seconds_of_ours(port: int) -> float:
    """Return the CPU seconds that 1,000 requests of an open load take, the ledger among them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "journeys.py").write_text(JOURNEY)
        shape = generator.profile(
            rate=RATE / STEPS, seconds=SECONDS + 5, journeys=("one",), window=5, in_flight=USERS
        )
        order = generator.order(
            f"http://127.0.0.1:{port}", folder / "ledger", shape, journeys=folder / "journeys.py"
        )
        with generator.Worker(order) as worker:
            worker.go()
            left = worker.wait()
    windows = left.windows[1:]  # connections are made in the first
    return 1000 * sum(w.cpu * (w.end - w.begin) for w in windows) / sum(w.requests for w in windows)


def seconds_of_bare(port: int) -> float:
    """Return the CPU seconds that 1,000 requests of locust alone take: 32 FastHttpUsers at full speed."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "locustfile.py"
        file.write_text(BARE.format(url=f"http://127.0.0.1:{port}", seconds=SECONDS))
        words = ["--headless", "--only-summary", "--users", str(USERS), "--spawn-rate", "100"]
        done = subprocess.run(
            [sys.executable, "-m", "locust", "-f", str(file), *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=name,
        )
    said = [line for line in done.stdout.splitlines() if line.startswith("MEASURED ")]
    if not said:
        sys.exit(f"locust alone measured nothing\n{done.stdout}{done.stderr}")
    used, sent = json.loads(said[0].removeprefix("MEASURED "))
    return float(1000 * used / sent)


def seconds_of_journal() -> float:
    """Return the CPU seconds that 1,000 requests take in recorder and ledger alone."""
    words = [sys.executable, str(HERE), "journal"]
    return float(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


def journal() -> float:
    """Record windows of 40 requests a second and ten names; return CPU seconds per 1,000."""
    from proveout.load.journal import Journal  # noqa: PLC0415 - only here, it brings locust with it
    from proveout.load.recorder import Recorder  # noqa: PLC0415

    windows, requests, names = 60, 400, 10
    with tempfile.TemporaryDirectory() as name:
        order = generator.order("http://127.0.0.1:1", Path(name), generator.profile(window=10))
        writer = Journal(Path(name), 1, 0)
        recorder = Recorder(order, 0, writer.found)
        used = time.process_time()
        for window in range(windows):
            for number in range(requests):
                recorder.on_request("GET", f"/{number % names}", response_time=1 + number * 7 % 90)
            writer.window(recorder.close(10.0 * window + 10, at=0.0, idle=False, cpu=0.0, refused=()))
        writer.end("complete")
        return 1000 * (time.process_time() - used) / (windows * requests)


def day(hours: int) -> tuple[float, float]:
    """Replay a day of unique URLs and error texts; return RSS of generator and reader over the first hour's.

    The counts are those of `soak_24h`: 8,640 windows, 200 requests in each.
    """
    found = []
    with tempfile.TemporaryDirectory() as name:
        for role in ("records", "reads"):
            words = [sys.executable, str(HERE), role, name, str(hours)]
            said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
            first, last = map(float, said.split())
            found.append(last / first)
    return found[0], found[1]


def records(folder: Path, hours: int) -> None:
    """Be the generator of that day."""
    from locust.exception import CatchResponseError  # noqa: PLC0415 - only here

    from proveout.load.journal import Journal  # noqa: PLC0415
    from proveout.load.ledger import SEGMENTS, append, create  # noqa: PLC0415
    from proveout.load.line import Head, Segment  # noqa: PLC0415
    from proveout.load.profile import load_profile  # noqa: PLC0415
    from proveout.load.recorder import Recorder  # noqa: PLC0415

    profile = folder / "any.toml"
    profile.write_text((HERE.parents[2] / "suites/load/profiles/soak_24h.toml").read_text())
    shape = load_profile(folder, "any")
    head = {
        "ledger": "day",
        "environment": "ceesar/gamma",
        "provenance": "reference",
        "url": "http://127.0.0.1:1",
        "version": "1.0.0",
        "profile_name": "any",
        "definition": "d",
        "duration": 86400.0,
        "rehearsal": False,
        "window": 10.0,
        "sample": 60.0,
        "began": "2026-01-01T00:00:00Z",
    }
    create(folder, Head(**head, profile=shape.digest), profile)
    append(folder / SEGMENTS, Segment(segment=1, start=0.0, workers=1, began=0.0))
    order = generator.order("http://127.0.0.1:1", folder, shape)
    writer = Journal(folder, 1, 0)
    recorder = Recorder(order, 0, writer.found)
    for window in range(360 * hours):
        for number in range(200):
            one = uuid.uuid4().hex
            error = CatchResponseError(f"{one} is wrong") if number % 4 == 0 else None
            url = f"/{one}" if number % 2 else "/same"
            recorder.on_request("GET", url, response_time=1 + number * 7 % 90, exception=error)
        writer.window(recorder.close(10.0 * window + 10, at=10.0 * window, idle=False, cpu=0.1, refused=()))
        _flushed(writer, window + 1)
        if window == 359:
            first = rss()
    writer.end("complete")
    sys.stdout.write(f"{first} {rss()}\n")


def _flushed(writer: object, windows: int) -> None:
    import gevent  # noqa: PLC0415

    while writer.written < windows:  # type: ignore[attr-defined]
        gevent.sleep(0.01)


def reads(folder: Path, hours: int) -> None:
    """Be the supervisor of that day: read the ledger hour by hour as it grew."""
    from proveout.load.reading import Reader  # noqa: PLC0415

    file = folder / "windows" / "0001-00.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"")
    reader = Reader(folder)
    first = 0.0
    for hour in range(hours):
        with file.open("ab") as stream:
            stream.writelines(lines[360 * hour : 360 * (hour + 1)])
        reader.refresh()
        first = first or rss()
    sys.stdout.write(f"{first} {rss()}\n")


def rss() -> float:
    """Return the resident memory of this process in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def freeze(seconds: int) -> bool:
    """Freeze a server for 3 s at 200 requests a second; say what was found, and whether it must be so."""
    with tempfile.TemporaryDirectory() as name:
        found = frozen(Path(name), rate=200, seconds=seconds, frozen_at=seconds / 3, frozen_for=3.0)
    begin, end = seconds / 3, seconds / 3 + 3
    before, after = found.dispersion(1, begin), found.dispersion(end + 3, seconds)
    Console().print(
        f"p99 {found.said:.3f} s, at the proxy {found.truth:.3f} s ({found.said / found.truth - 1:+.1%}); "
        f"rate before {found.rate(1, begin):.1f}, meanwhile {found.rate(begin, end):.1f}, "
        f"afterwards {found.rate(end + 3, seconds):.1f} per second; dispersion {before:.2f}, then {after:.2f}"
    )
    return abs(found.said / found.truth - 1) <= 0.05 and after < max(2 * before, 1)


def main() -> int:
    """Do one of the parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=["freeze", "day", "cost", "journal", "records", "reads"])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("hours", nargs="?", type=int, default=24)
    arguments = parser.parse_args()
    if arguments.part == "freeze":
        return int(not freeze(60))
    if arguments.part == "day":
        ratios = day(24)
        Console().print(
            f"RSS after 24 h over that after 1 h: generator {ratios[0]:.2f}, supervisor {ratios[1]:.2f}"
        )
        return int(max(ratios) > 1.2)
    if arguments.part == "cost":
        with still() as (_, port):
            found = [(seconds_of_ours(port), seconds_of_bare(port)) for _ in range(5)]
        ratio = statistics.median(a / b for a, b in found)
        Console().print(f"CPU of 1,000 requests over locust alone: {ratio:.2f}", found)
        return int(ratio > 1.15)
    if arguments.part == "journal":
        sys.stdout.write(f"{journal()}\n")
    else:
        {"records": records, "reads": reads}[arguments.part](arguments.folder, arguments.hours)
    return 0


if __name__ == "__main__":
    sys.exit(main())
