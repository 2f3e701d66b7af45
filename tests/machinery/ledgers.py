"""Ledgers of days nobody had to wait for: real files, written as the generator and the sampler write them."""

import hashlib
import itertools
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from proveout.load import ledger
from proveout.load.histogram import Histogram
from proveout.load.line import End, Finding, Head, Line, Sample, Segment, Tally, Window

PROFILE = """\
says = "A day of a toy: a wave over a constant floor, and a pause every hour."
warm_up = "10m"
[[phases]]
says = "a working day"
lasts = "24h"
rate = 4
swing = 8

[idle]
every = "1h"
lasts = "3m"

[system.gaia]
journeys = [{ journey = "visitor", share = 1.0 }]
[system.gaia.requests]
"GET /health" = { p50 = "50ms", p99 = "250ms" }
"GET /api/data" = { p95 = "300ms", p99 = "800ms" }
[system.gaia.limits]
error_share = 0.001
rss = "48MiB"
descriptors = 20
threads = 4
disk = "512MiB"
log = "256MiB"
server_errors = 0
cold_start = "2s"
"""
NAMES = {"GET /health": 0.004, "GET /api/data": 0.020}  # seconds that half of the answers take at most
BEGAN = datetime(2026, 3, 2, 6, 0, tzinfo=UTC).timestamp()  # a Monday
VARIETY = 12  # different histograms of one name and slowness; drawing each anew would take a minute a day
MIB = 2.0**20


@dataclass(frozen=True)
class Day:
    """What a day was like; times are seconds of profile time from its begin, growth is per hour.

    `stops` are (when, for how many seconds of the clock, whether asked for): the generator's. `restarts` are
    the target's. From `slow_from` on answers take `slowness` times as long, in `failing` (from, to) a third
    of the requests fails. `frozen` (from, to) is a time in which the target cannot be seen.
    """

    duration: float = 86400.0
    until: float | None = None
    window: float = 60.0
    sample: float = 60.0
    workers: int = 1
    rate: float = 4.0
    swing: float = 8.0
    idle_every: float = 3600.0
    idle: float = 180.0
    rss: float = 80 * MIB
    leak: float = 0.0
    descriptors: float = 0.0
    log: float = 4 * MIB
    slow_from: float = math.inf
    slowness: float = 8.0
    failing: tuple[float, float] | None = None
    frozen: tuple[float, float] | None = None
    stops: tuple[tuple[float, float, bool], ...] = ()
    restarts: tuple[float, ...] = ()
    findings: tuple[Finding, ...] = ()
    environment: str = "gaia/staging"
    url: str = "http://127.0.0.1:8082"
    version: str = "2.3.1"
    unseen: tuple[str, ...] = ()
    seed: int = 1


HEALTHY = Day()
LEAKY = Day(leak=6 * MIB, descriptors=1.0, seed=2)
SLOW = Day(slow_from=14 * 3600.0, seed=3)
ERRING = Day(failing=(50_000.0, 53_600.0), seed=4)
TORN_UP = Day(
    stops=((19_800.0, 240.0, True), (41_400.0, 5400.0, False), (64_800.0, 180.0, True)),
    restarts=(30_600.0,),
    workers=2,
    seed=5,
)
REHEARSAL = Day(
    duration=300.0, window=5.0, sample=5.0, rate=20.0, swing=0.0, idle_every=60.0, idle=5.0, log=60 * MIB
)
UNFINISHED = replace(HEALTHY, until=9 * 3600.0, stops=((19_800.0, 240.0, True),))


def write(folder: Path, day: Day) -> Path:
    """Write the ledger of a day into a folder and return it."""
    source = folder.parent / f"{folder.name}.toml"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(PROFILE)
    ledger.create(folder, head(day), source)
    source.unlink()
    _write(folder / ledger.SEGMENTS, segments(day))
    for worker, segment in itertools.product(range(day.workers), segments(day)):
        _write(ledger.windows(folder, segment.segment, worker), windows(day, segment, worker))
    _write(folder / ledger.SAMPLES, samples(day))
    _write(folder / ledger.FINDINGS, findings(day))
    return folder


def head(day: Day) -> Head:
    """Return what the ledger of a day is about."""
    return Head(
        ledger=f"{datetime.fromtimestamp(BEGAN, UTC):%Y%m%d-%H%M%S}-{day.seed:04x}",
        environment=day.environment,
        provenance="reference",
        url=day.url,
        version=day.version,
        profile_name="soak_24h",
        profile=hashlib.sha256(PROFILE.encode()).hexdigest(),
        definition=hashlib.sha256(day.environment.encode()).hexdigest(),
        duration=day.duration,
        rehearsal=day.duration != 86400.0,
        window=day.window,
        sample=day.sample,
        began=f"{datetime.fromtimestamp(BEGAN, UTC):%Y-%m-%dT%H:%M:%SZ}",
    )


def segments(day: Day) -> list[Segment]:
    """Return the runs of the generator: one more than it was stopped."""
    found, start, clock, planned = [], 0.0, BEGAN, True
    ends = [*day.stops, (day.until or day.duration, 0.0, False)]
    for number, (end, pause, asked) in enumerate(ends, start=1):
        last = number == len(ends)
        why = ("" if day.until else "complete") if last else "checkpoint" if asked else "generator dead"
        found.append(
            Segment(
                segment=number,
                start=start,
                workers=day.workers,
                began=clock,
                ended=None if last and day.until else clock + end - start,
                why=why,
                checkpoint=asked,
                planned=planned,
            )
        )
        clock += end - start + pause
        start, planned = end, asked
    return found


def windows(day: Day, segment: Segment, worker: int) -> Iterator[Line]:
    """Yield what one worker writes in a segment, with its last word if it came to have one."""
    draw = random.Random(f"{day.seed} {segment.segment} {worker}")  # noqa: S311 - a sample, not a secret
    pool = Pool(day)
    begin, number = segment.start, 0
    until = _end(day, segment)
    while begin < until:
        idle = _idle(day, begin) and _idle(day, begin + day.window - 0.001)
        factor = day.slowness if begin >= day.slow_from else 1.0
        mean = 0.0 if idle else _rate(day, begin) * day.window / day.workers
        names = {}
        for name in NAMES:
            count = max(round(draw.gauss(mean / 2, math.sqrt(mean / 2))), 0)
            if not count:
                continue
            failed = count // 3 if day.failing and day.failing[0] <= begin < day.failing[1] else 0
            errors = {"HTTP 500": failed} if failed else {}
            text = pool.take(name, factor, count - failed, draw)
            names[name] = Tally(count=count, failed=failed, service=text, waited=text, errors=errors)
        asked = sum(tally.count for tally in names.values())
        failed = sum(tally.failed for tally in names.values())
        yield Window(
            segment=segment.segment,
            worker=worker,
            number=number,
            profile=head(day).profile,
            begin=begin,
            end=begin + day.window,
            at=segment.began + begin - segment.start,
            due=asked,
            offered=asked,
            dropped=0,
            requests=asked,
            statuses={key: n for key, n in (("200", asked - failed), ("500", failed)) if n},
            cpu=round(0.02 + mean / day.window * 0.004, 3),
            lag=round(draw.uniform(0.001, 0.004), 4),
            idle=idle,
            names=names,
        )
        begin, number = begin + day.window, number + 1
    if segment.why in {"complete", "checkpoint"}:
        yield End(segment=segment.segment, worker=worker, windows=number, why=segment.why)


def samples(day: Day) -> Iterator[Sample]:
    """Yield how the target was, once every `sample` seconds while a segment ran."""
    draw = random.Random(f"{day.seed} samples")  # noqa: S311 - a sample, not a secret
    number = 0
    for segment in segments(day):
        position = segment.start
        while position < _end(day, segment):
            if day.frozen and day.frozen[0] <= position < day.frozen[1]:
                unknown = {"process": "no process listens on the port", "health": "no answer within 5 s"}
                yield Sample(
                    number=number, segment=segment.segment, at=segment.began + position, unknown=unknown
                )
            else:
                yield _sample(day, draw, number, segment, position)
            position, number = position + day.sample, number + 1


def findings(day: Day) -> Iterator[Finding]:
    """Yield what somebody who looked at it meanwhile would have written down."""
    text = "the target was restarted: process 4711, now 4712"
    restarts = [Finding(at=_clock(day, when), kind="restarted", text=text) for when in day.restarts]
    found = [*day.findings, *restarts]
    yield from sorted(found, key=lambda finding: finding.at)


def _sample(day: Day, draw: random.Random, number: int, segment: Segment, position: float) -> Sample:
    began = _started(day, position)
    hours = (position - max(began, 0.0)) / 3600.0
    load = 0.0 if _idle(day, position) else _rate(day, position)
    whole: dict[str, object] = {
        "pid": 4711 + sum(when <= position for when in day.restarts),
        "started": BEGAN - 3600.0 if began < 0 else _clock(day, began),
        "rss": round(day.rss + day.leak * hours + load * 0.4 * MIB + draw.gauss(0, 0.6 * MIB)),
        "descriptors": round(24 + day.descriptors * hours + min(load, 6) + draw.random()),
        "threads": 12,
        "cpu": position * 0.05,
        "database": round(20 * MIB + position * 200.0),
        "database_file": "8:1-131072",
        "rows": {"sessions": round(position / 30) + 1, "tasks": round(position / 7) + 1},
        "log": round(position / 3600.0 * day.log),
        "critical": 0,
        "below": 0,
        "binary": "sha256:9f2c41",
        "environment": day.environment.partition("/")[2],
        "version": day.version,
        "get": "200",
        "head": "200",
        "health": round(0.004 + draw.random() * 0.004, 4),
    }
    unknown = dict.fromkeys(day.unseen, "no machine access: give --env-machine")
    whole = {key: value for key, value in whole.items() if key not in unknown}
    return Sample.model_validate(
        {
            **whole,
            "number": number,
            "segment": segment.segment,
            "at": segment.began + position - segment.start,
            "unknown": unknown,
        }
    )


def _started(day: Day, position: float) -> float:
    return max((when for when in day.restarts if when <= position), default=-3600.0)


def _rate(day: Day, position: float) -> float:
    return day.rate + day.swing * (1 - math.cos(2 * math.pi * position / 86400.0)) / 2


def _idle(day: Day, position: float) -> bool:
    return day.idle > 0 and position % day.idle_every >= day.idle_every - day.idle


def _end(day: Day, segment: Segment) -> float:
    after = [s.start for s in segments(day) if s.segment == segment.segment + 1]
    return after[0] if after else day.until or day.duration


def _clock(day: Day, position: float) -> float:
    segment = [s for s in segments(day) if s.start <= position][-1]
    return segment.began + position - segment.start


class Pool:
    """Encoded histograms of a day; those of the same name, size and slowness are used again."""

    def __init__(self, day: Day) -> None:
        self.seed = day.seed
        self.drawn: dict[tuple[str, float, int, int], str] = {}

    def take(self, name: str, factor: float, count: int, draw: random.Random) -> str:
        """Return one of `count` answers."""
        key = (name, factor, count, draw.randrange(VARIETY))
        if count and key not in self.drawn:
            own = random.Random(f"{self.seed} {key}")  # noqa: S311 - a sample, not a secret
            histogram = Histogram()
            for _ in range(count):
                histogram.add(own.lognormvariate(math.log(NAMES[name] * factor), 0.55))
            self.drawn[key] = histogram.encode()
        return self.drawn.get(key, "")


def _write(path: Path, lines: Iterator[Line] | list[Segment]) -> None:
    """Write the lines as `ledger.append` does, but see them to the disk all at once."""
    with path.open("w", encoding="utf-8") as file:
        for line in lines:
            text = line.model_dump_json(exclude_defaults=True)
            file.write(f'{{"end":{text}}}\n' if isinstance(line, End) else f"{text}\n")
