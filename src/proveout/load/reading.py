"""Reads a ledger while it grows: each line once, in bounded memory, all workers merged."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from pydantic import ValidationError

from proveout.load.ledger import (
    FINDINGS,
    HEAD,
    PROFILE,
    SAMPLES,
    SEGMENTS,
    TORN,
    WINDOWS,
    Ledger,
    LedgerError,
)
from proveout.load.line import NEAR, Finding, Head, Sample, Segment
from proveout.load.merging import Merging, gaps
from proveout.load.profile import Profile, load_profile
from proveout.load.tail import Tail
from proveout.load.workers import Workers
from proveout.model.mistake import UserError, shown

_NAME = re.compile(r"(\d{4,})-(\d{2,})\.jsonl")


class Reader:
    """Follows the ledger of a folder; `refresh` reads only what was added since the last time.

    Lines that come again (a file copied from another machine once more) change nothing. In memory are one
    slot a minute, histograms per hour and name, samples and findings, and eight bytes of each window.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.head, self.profile = _about(folder)
        self._merging = Merging(self.head.sample)
        self._tails = {name: Tail(folder / name) for name in (SEGMENTS, SAMPLES, FINDINGS)}
        self._segments: dict[int, Segment] = {}
        self._workers: dict[int, Workers] = {}
        self._samples: dict[int, Sample] = {}
        self._findings: dict[str, Finding] = {}

    def refresh(self) -> Ledger:
        """Return what the ledger says by now.

        Raises:
            LedgerError: it is no ledger, contradicts itself, or is torn elsewhere than in a last line.
        """
        # A file of windows is looked for first: its segment was written before it.
        files = self._files()
        self._read_lines()
        for segment in sorted(self._segments):
            self._read_windows(segment)
        unknown = sorted({name for number, name in files if number not in self._segments})
        if unknown:
            raise LedgerError(
                f"{shown(self.folder / WINDOWS / unknown[0])}: no line of {SEGMENTS} tells of it"
            )
        return self._ledger()

    def _files(self) -> list[tuple[int, str]]:
        named = [_NAME.fullmatch(path.name) for path in (self.folder / WINDOWS).glob("*.jsonl")]
        return [(int(name.group(1)), name.group(0)) for name in named if name]

    def _read_lines(self) -> None:
        for segment in self._tails[SEGMENTS].lines(Segment.model_validate_json):
            known = self._segments.get(segment.segment)
            if known and (known.start, known.workers) != (segment.start, segment.workers):
                place = self._tails[SEGMENTS].place
                raise LedgerError(f"{place}: segment {segment.segment} began otherwise before")
            self._segments[segment.segment] = segment
        for sample in self._tails[SAMPLES].lines(Sample.model_validate_json):
            if self._samples.setdefault(sample.number, sample) != sample:
                place = self._tails[SAMPLES].place
                raise LedgerError(f"{place}: sample {sample.number} was written before, with other contents")
        for finding in self._tails[FINDINGS].lines(Finding.model_validate_json):
            self._findings.setdefault(finding.model_dump_json(), finding)

    def _read_windows(self, number: int) -> None:
        segment = self._segments[number]
        workers = self._workers.setdefault(number, Workers(segment, self.folder, self.head.profile))
        for place, windows in workers.joined():
            try:
                self._merging.add(windows)
            except ValueError as error:
                raise LedgerError(f"{place}: {error}") from None

    def _ledger(self) -> Ledger:
        runs = self._merging.runs()
        for before, run in pairwise(runs):
            if run.start < before.until - NEAR:
                raise LedgerError(
                    f"segment {run.segment} begins at {run.start:g} s, but segment {before.segment} was "
                    f"valid until {before.until:g} s: windows were added when it had been gone on with\n"
                    "next: copy all windows back before the next segment begins; begin anew"
                )
        return Ledger(
            folder=self.folder,
            head=self.head,
            profile=self.profile,
            segments=tuple(self._segments[number] for number in sorted(self._segments)),
            slots=self._merging.slots(),
            totals=self._merging.totals,
            service=self._merging.service,
            hours=self._merging.hours,
            errors=self._merging.errors,
            samples=tuple(self._samples[number] for number in sorted(self._samples)),
            findings=tuple(self._findings.values()),
            gaps=gaps(runs, self._segments),
            ends={(n, w): end for n, each in self._workers.items() for w, end in each.ends.items()},
            refused=tuple(self._merging.refused),
            troubles=tuple(self._troubles()),
            valid=self._merging.valid,
            position=runs[-1].until if runs else 0.0,
            begun=runs[0].begin if runs else 0.0,
            ended=runs[-1].end if runs else 0.0,
            lost=self._lost(),
            warm=self.profile.warm_up or 0.0,
        )

    def _lost(self) -> int:
        newest = max(self._segments, default=0)
        return sum(
            workers.lost(over=number != newest or self._segments[number].ended is not None)
            for number, workers in self._workers.items()
        )

    def _troubles(self) -> Iterator[str]:
        for tail in self._tails.values():
            if tail.torn:
                yield tail.torn
        for workers in self._workers.values():
            yield from workers.troubles
        for path in sorted((self.folder / TORN).glob("*")):
            yield f"{shown(path)}: half a line that a killed writer left; it is left out"


def read(folder: Path) -> Ledger:
    """Read a whole ledger.

    Raises:
        LedgerError: as `Reader.refresh`.
    """
    return Reader(folder).refresh()


def head_of(folder: Path) -> Head:
    """Return what a ledger is about.

    Raises:
        LedgerError: there is none, or it cannot be read.
    """
    path = folder / HEAD
    try:
        return Head.model_validate_json(path.read_bytes())
    except OSError as error:
        raise LedgerError(f"{shown(path)}: {error.strerror}\nnext: name the folder of a ledger") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise LedgerError(f"{shown(path)}: not the head of a ledger ({key} {first['msg']})") from None


def _about(folder: Path) -> tuple[Head, Profile]:
    head = head_of(folder)
    try:
        profile = load_profile(folder, Path(PROFILE).stem)
    except UserError as error:
        raise LedgerError(f"the ledger's own copy of its profile cannot be read: {error}") from None
    if profile.digest != head.profile:
        raise LedgerError(
            f"{shown(folder / PROFILE)} ({profile.digest[:12]}) is not the profile the ledger is about "
            f"({head.profile[:12]})\nnext: restore it from a copy; a changed profile needs a new ledger"
        )
    profile = profile.model_copy(update={"name": head.profile_name})
    return head, profile.over(head.duration) if head.rehearsal else profile
