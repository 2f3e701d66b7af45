"""One simulated day of a soak, written line by line through the real ledger, watched and judged as it is."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from machinery.judging import allowing
from proveout.load import ledger
from proveout.load.line import End, Finding, Head, Sample, Segment, Window
from proveout.load.reading import Reader
from proveout.soak.judgement import Judged, judge
from proveout.soak.watch import LOOKS, watch
from simulation.families import FAMILIES, MINUTES, load, noise

BEGAN = 1_772_431_200.0  # a morning in March 2026
SIGMA = 400 * 1024  # bytes
COUNTS = 10  # descriptors, threads that make one sigma
LOG = 40 * 1024 * 1024  # bytes a healthy day writes
ROOM = 32 * 1024 * 1024 / SIGMA  # sigma a day: what the shipped soak lets the memory of a target grow by
# Budgets so small that nothing but the critical values stands between noise and FAIL: one sigma a day, on top
# of what is logged by nature.
PROFILE = f"""\
says = "A simulated day: a wave over a constant floor, and a pause every hour."
window = "60s"
warm_up = "10m"
phases = [{{ lasts = "24h", rate = 4, swing = 8 }}]
idle = {{ every = "1h", lasts = "3m" }}
[system.gaia]
journeys = [{{ journey = "visitor", share = 1.0 }}]
[system.gaia.limits]
error_share = 0.001
rss = "{SIGMA}B"
descriptors = {COUNTS}
threads = {COUNTS}
disk = "{LOG + SIGMA}B"
log = "{LOG + SIGMA}B"
"""
ROOMY = {
    "rss": round(ROOM * SIGMA),
    "descriptors": round(ROOM * COUNTS),
    "threads": round(ROOM * COUNTS),
    "disk": LOG + round(ROOM * SIGMA),
    "log": LOG + round(ROOM * SIGMA),
}
DIGEST = hashlib.sha256(PROFILE.encode()).hexdigest()
HEAD = Head(
    ledger="simulated",
    environment="gaia/staging",
    provenance="reference",
    url="http://127.0.0.1:8082",
    version="1",
    profile_name="simulated",
    profile=DIGEST,
    definition=hashlib.sha256(b"simulated").hexdigest(),
    duration=MINUTES * 60.0,
    rehearsal=False,
    window=60.0,
    sample=60.0,
    began="2026-03-02T06:00:00Z",
)


@dataclass(frozen=True)
class Night:
    """What came of a day: the verdict, that of the same day with room to breathe, and what was found."""

    judged: Judged
    roomy: Judged
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> list[str]:
        """Return what was held against the target, while it ran or in the end."""
        found = [f"{f.kind}: {f.text}" for f in self.findings if f.kind != "suspect"]
        return found + [f"{b.name}: {b.text}" for b in self.judged.budgets if b.word.value == "FAIL"]

    @property
    def suspects(self) -> int:
        """Return how many series only looked as if."""
        return sum(finding.kind == "suspect" for finding in self.findings)


def night(
    folder: Path, family: str, seed: int, day: int, *, leak: float = 0.0, every: int = MINUTES // LOOKS
) -> Night:
    """Live through a day in a folder; `leak` is of the memory, in sigma per hour.

    It is watched every so many minutes: in between nothing is looked at but failed requests, and none fails.
    """
    profile = folder.parent / f"{folder.name}.toml"
    profile.write_text(PROFILE, encoding="utf-8")
    ledger.create(folder, HEAD, profile)
    reader = Reader(folder)
    segment = Segment(segment=1, start=0.0, workers=1, began=BEGAN)
    ledger.append(folder / ledger.SEGMENTS, segment)
    for window, sample in lines(family, seed, day, leak):
        ledger.append(ledger.windows(folder, 1, 0), window)
        ledger.append(folder / ledger.SAMPLES, sample)
        if window.number % every:
            continue
        known = reader.refresh()
        for finding in watch(known, known.profile, known.profile.mix("gaia")):
            ledger.append(folder / ledger.FINDINGS, finding)
    ledger.append(ledger.windows(folder, 1, 0), End(segment=1, worker=0, windows=MINUTES, why="complete"))
    over = segment.model_copy(update={"ended": BEGAN + MINUTES * 60.0, "why": "complete"})
    ledger.append(folder / ledger.SEGMENTS, over)
    known = reader.refresh()
    tight = known.profile.mix("gaia")
    roomy = allowing(tight, **ROOMY)
    return Night(judge(known, known.profile, tight), judge(known, known.profile, roomy), known.findings)


def lines(family: str, seed: int, day: int, leak: float = 0.0) -> Iterator[tuple[Window, Sample]]:
    """Yield what generator and sampler write in each minute; all series have noise of their own."""
    random = np.random.default_rng([seed, FAMILIES.index(family), day])
    under = load(random)
    arrivals = np.round(under.rates * 60).astype(int)
    hours = np.arange(MINUTES) / 60
    shown = {name: noise(family, random, under) for name in ("rss", "descriptors", "threads", "disk", "log")}
    shown["rss"] += leak * hours
    # The disk holds the log, too: what both need has the noise of the family, with one step, not with two.
    shown["database"] = shown["disk"] - shown["log"]
    pages = {name: 65_536 + np.round(shown[name] * SIGMA / 4096).astype(int) for name in ("rss", "database")}
    counts = {name: 1000 + np.round(shown[name] * COUNTS).astype(int) for name in ("descriptors", "threads")}
    written = LOG * np.cumsum(arrivals) / arrivals.sum() + (100 + shown["log"]) * SIGMA
    for minute in range(MINUTES):
        count = int(arrivals[minute])
        yield (
            Window(
                segment=1,
                worker=0,
                number=minute,
                profile=DIGEST,
                begin=minute * 60.0,
                end=minute * 60.0 + 60.0,
                at=BEGAN + minute * 60.0,
                due=count,
                offered=count,
                dropped=0,
                requests=count,
                statuses={"200": count} if count else {},
                idle=bool(under.quiet[minute]),
            ),
            Sample(
                number=minute,
                segment=1,
                at=BEGAN + minute * 60.0 + 30.0,
                pid=1,
                started=BEGAN - 60.0,
                rss=int(pages["rss"][minute]) * 4096,
                descriptors=int(counts["descriptors"][minute]),
                threads=int(counts["threads"][minute]),
                database=int(pages["database"][minute]) * 4096,
                log=round(written[minute]),
                critical=0,
                environment="staging",
                version="1",
                get="200",
                head="200",
            ),
        )
