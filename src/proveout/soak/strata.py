"""Strata: stretches of time in which one process of one version was the target; what begins a new one."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from proveout.load.line import Finding, Head, Sample, Segment

SAME_START = 2.0  # seconds; how exactly the start of a process is known
GONE = 300.0  # seconds without any answer after which a target is not waited for any longer
GENERATOR_DIED = "generator"  # how the reason of a segment begins that its run did not want to end
ENDING = frozenset({"identity", "unreachable"})  # kinds of findings after which it makes no sense to go on


class Strata:
    """Compares each sample with the last in which the same was seen, and tells what happened in between.

    `anew` are the segments before which the whole run was begun anew, and with it a disposable copy.
    """

    def __init__(self, head: Head, anew: Iterable[int]) -> None:
        self.anew = set(anew)
        self._head = head
        self._last: dict[str, Sample] = {}
        self._gone: Sample | None = None
        self._told = False

    def look(self, sample: Sample) -> list[Finding]:
        """Return what the next sample tells, dated as it is."""
        return [*self._process(sample), *self._build(sample), *self._identity(sample), *self._absence(sample)]

    def _process(self, sample: Sample) -> Iterator[Finding]:
        by_start, by_number = self._swap("started", sample), self._swap("pid", sample)
        before = by_start or by_number
        if before is None or not _another(before, sample):
            return
        facts = {
            "from": {"pid": before.pid, "started": before.started},
            "to": {"pid": sample.pid, "started": sample.started},
        }
        anew = any(before.segment < segment <= sample.segment for segment in self.anew)
        if self._head.provenance != "live" and anew:
            text = f"the copy was started anew for segment {sample.segment}: not one process without a break"
            yield Finding(at=sample.at, kind="copy", text=text, facts=facts)
        else:
            text = f"the target was restarted: process {_named(before)} became {_named(sample)}"
            yield Finding(at=sample.at, kind="restarted", text=text, facts=facts)

    def _build(self, sample: Sample) -> Iterator[Finding]:
        for key in ("version", "binary"):
            before = self._swap(key, sample)
            if before is not None and getattr(before, key) != getattr(sample, key):
                old, new = getattr(before, key), getattr(sample, key)
                yield Finding(
                    at=sample.at,
                    kind="redeployed",
                    text=f"the target was redeployed: its {key} {old} became {new}",
                    facts={"what": key, "from": old, "to": new},
                )

    def _identity(self, sample: Sample) -> Iterator[Finding]:
        ours = {self._head.environment, self._head.environment.rpartition("/")[2]}
        if sample.environment is not None and sample.environment not in ours:
            text = f"the target says it is {sample.environment}, it was {self._head.environment}"
            yield Finding(at=sample.at, kind="identity", text=text, facts={"to": sample.environment})

    def _absence(self, sample: Sample) -> Iterator[Finding]:
        if sample.get is None:
            return  # nobody asked: a pause, or a sampler that saw nothing
        if sample.get.isdecimal():
            self._gone, self._told = None, False
            return
        # A generator that stood still meanwhile, with nobody looking, proves no absence.
        if self._gone is None or self._gone.segment != sample.segment:
            self._gone = sample
        gone = sample.at - self._gone.at
        if gone >= GONE and not self._told:
            self._told = True
            text = f"the target has not answered for {gone:.0f} s: {sample.get}"
            yield Finding(at=sample.at, kind="unreachable", text=text, facts={"since": self._gone.at})

    def _swap(self, key: str, sample: Sample) -> Sample | None:
        """Return the last sample in which the key was seen, None if it is not seen in this one."""
        if getattr(sample, key) is None:
            return None
        before = self._last.get(key)
        self._last[key] = sample
        return before


def begun_anew(segments: Iterable[Segment]) -> list[int]:
    """Return the segments before which the run was begun anew.

    Only after a generator that died, the same run begins the next segment by itself.
    """
    return [
        after.segment for before, after in pairwise(segments) if not before.why.startswith(GENERATOR_DIED)
    ]


def _another(before: Sample, after: Sample) -> bool:
    """Tell whether it is another process; without the time of its start, its number must do."""
    if before.started is not None and after.started is not None:
        return abs(before.started - after.started) > SAME_START
    return before.pid is not None and after.pid is not None and before.pid != after.pid


def _named(sample: Sample) -> str:
    return "unknown" if sample.pid is None else str(sample.pid)
