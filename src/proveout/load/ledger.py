"""The ledger: the folder in which everything that happened under a load is written down, line by line.

`head.json` says what it is about and `profile.toml` is the profile it follows; `segments.jsonl`,
`samples.jsonl`, `findings.jsonl` and `windows/` grow. Whoever goes on, judges or reports needs no more.

A day of the profile soak_24h (windows of 10 s, eight names of requests, 100 visits a window at noon) takes
19 MB for each worker, 2.2 kB a window, and 0.9 MB for its 1,440 samples. More visits change little: a
histogram holds buckets, not requests, and is never more than 2 kB.
"""

import errno
import json
import math
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from proveout.load.histogram import Histogram
from proveout.load.line import End, Finding, Head, Line, Sample, Segment
from proveout.load.profile import Profile
from proveout.model.files import write_json
from proveout.model.mistake import shown

HEAD, PROFILE = "head.json", "profile.toml"
SEGMENTS, SAMPLES, FINDINGS, WINDOWS = "segments.jsonl", "samples.jsonl", "findings.jsonl", "windows"
TORN = "torn"  # what a killed writer left half written, kept for whoever wants to look at it


class LedgerError(Exception):
    """The folder is no ledger, or not the one it must be; the text names file, line and next step."""


class DiskFull(Exception):
    """A line found no room; the file is as it was before. What is written so far can be gone on with."""


def disk_full(path: Path, error: OSError) -> DiskFull:
    """Return what to raise where something could not be written."""
    reason = error.strerror or str(error)
    return DiskFull(f"{shown(path)} cannot be written: {reason}\nnext: make room, then go on with the ledger")


def create(folder: Path, head: Head, profile: Path) -> None:
    """Begin a ledger in a folder of its own, with a copy of the profile's file.

    Raises:
        LedgerError: there is one already.
        DiskFull: there is no room.
    """
    if (folder / HEAD).exists():
        raise LedgerError(f"{shown(folder)} is a ledger already\nnext: go on with it, or move it away")
    try:
        (folder / WINDOWS).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(profile, folder / PROFILE)
        write_json(folder / HEAD, head.model_dump(mode="json", exclude_defaults=True))
    except OSError as error:
        raise disk_full(folder, error) from error


def windows(folder: Path, segment: int, worker: int) -> Path:
    """Return the file in which one worker of one segment writes its windows."""
    return folder / WINDOWS / f"{segment:04d}-{worker:02d}.jsonl"


def append(path: Path, line: Line) -> None:
    """Add a line to a file with one write, and see it to the disk; the file is created if need be.

    Raises:
        DiskFull: it found no room, or the disk fails; nothing of it is left in the file.
    """
    content = line.model_dump_json(exclude_defaults=True)
    if isinstance(line, End):
        content = f'{{"end":{content}}}'
    data = content.encode() + b"\n"
    try:
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise disk_full(path, error) from error
    try:
        _write(file, path, data)
    finally:
        os.close(file)


def mend(folder: Path) -> None:
    """Move what a killed writer left half written out of the way, so that lines can be added again.

    Files of windows need none of it: a new segment has new ones.

    Raises:
        DiskFull: there is no room to move it to.
    """
    for name in (SEGMENTS, SAMPLES, FINDINGS):
        path = folder / name
        torn = _torn(path) if path.exists() else b""
        if torn:
            try:
                (folder / TORN).mkdir(exist_ok=True)
                (folder / TORN / f"{name}.{path.stat().st_size}").write_bytes(torn)
                os.truncate(path, path.stat().st_size - len(torn))
            except OSError as error:
                raise disk_full(path, error) from error


def _torn(path: Path) -> bytes:
    """Return what stands in the file after its last whole line."""
    content = path.read_bytes()
    *_, last = content.removesuffix(b"\n").rpartition(b"\n")
    try:
        json.loads(last or b"{}")
    except ValueError:
        whole = False
    else:
        whole = content.endswith(b"\n") or not content
    return b"" if whole else content[len(content) - len(last) - content.endswith(b"\n") :]


def _write(file: int, path: Path, data: bytes) -> None:
    before, written = os.fstat(file).st_size, 0
    try:
        written = os.write(file, data)
        if written == len(data):
            os.fsync(file)
            return
        reason = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError as error:
        reason = error
    if os.fstat(file).st_size <= before + written:
        os.ftruncate(file, before)  # half a line would make what comes after it unreadable
    raise disk_full(path, reason)


@dataclass(frozen=True)
class Asked:
    """What became of the requests of one name in a slot; times in seconds from when the visit was due.

    A time is infinite where failed requests reach it, and nan if nothing was asked.
    """

    count: int
    failed: int
    p50: float
    p95: float
    p99: float
    longest: float = math.nan


@dataclass(frozen=True)
class Slot:
    """`head.sample` seconds of profile time within one segment, all workers together.

    It begins at `begin` of profile time and at `at` seconds of the epoch; `seconds` of it are valid. `cpu`
    is the share of a core of the busiest worker, `lag` the longest any loop was late, in seconds; `idle`
    says that the whole of it was a pause. For the counts see `line.Window`.
    """

    segment: int
    begin: float
    at: float
    seconds: float
    due: int
    offered: int
    dropped: int
    broken: int
    requests: int
    failed: int
    statuses: Mapping[str, int]
    idle: bool
    cpu: float
    lag: float
    names: Mapping[str, Asked]


@dataclass(frozen=True)
class Gap:
    """A time, in seconds of the epoch, in which nobody measured; `planned` if somebody asked for the stop."""

    begin: float
    end: float
    planned: bool


@dataclass(frozen=True)
class Ledger:
    """Everything that a ledger says, merged over workers and segments; all of it is of valid windows.

    A window is valid if all workers of its segment wrote it; `lost` counts those that only some wrote.
    `valid` and `warm` are seconds of profile time, `position` is the profile time up to which it is measured,
    where the next segment begins; `begun` and `ended` are seconds of the epoch, of the first and the last
    valid window (0 without any). `totals` (from the moment a visit was due) and `service` (from the sending)
    are by name of the request, `hours` by hour of profile time and name; `errors` counts kinds of errors by
    name. `ends` holds the last words of workers by segment and worker. `refused` are requests that the policy
    did not allow, `troubles` what is odd about the files.

    The histograms are those of the reader and grow with it.
    """

    folder: Path
    head: Head
    profile: Profile
    segments: tuple[Segment, ...] = ()
    slots: tuple[Slot, ...] = ()
    totals: Mapping[str, Histogram] = field(default_factory=dict)
    service: Mapping[str, Histogram] = field(default_factory=dict)
    hours: Mapping[int, Mapping[str, Histogram]] = field(default_factory=dict)
    errors: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    samples: tuple[Sample, ...] = ()
    findings: tuple[Finding, ...] = ()
    gaps: tuple[Gap, ...] = ()
    ends: Mapping[tuple[int, int], End] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()
    valid: float = 0.0
    position: float = 0.0
    begun: float = 0.0
    ended: float = 0.0
    lost: int = 0
    warm: float = 0.0
