"""The course of a soak: segment after segment until the profile is through, whatever is killed on the way.

Everything that matters is in the ledger, so that whoever goes on (the same machine, another, the next job of
a CI) needs nothing else. Profile time goes on where the last valid window ended.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from proveout.load.ledger import FINDINGS, HEAD, SAMPLES, SEGMENTS, DiskFull, Ledger, append, create, mend
from proveout.load.line import NEAR, Finding, Head, Segment
from proveout.load.lock import Lock
from proveout.load.order import Order
from proveout.load.profile import Profile
from proveout.load.rate import Rate
from proveout.load.reading import Reader, head_of
from proveout.load.supervisor import Generator, State
from proveout.providers import reaper
from proveout.soak.fitting import refuse_other
from proveout.soak.looking import Look, Looking
from proveout.soak.request import Request
from proveout.soak.strata import ENDING, GENERATOR_DIED, Strata, begun_anew

DEAD = 6  # dead generators within an hour; one more and it is the machine, or the locustfile
HOUR = 3600.0
PAUSE = 0.25  # seconds between two looks at the generator
LOOK_WITHIN = 30.0  # seconds a sample may take

VISIT = 40  # requests that a visit may need on the average
VISITS = 10_000  # requests on top, for personas, who come at their own pace

Watch = Callable[[Ledger], list[Finding]]
Tell = Callable[[Ledger], None]
Call = Callable[[Generator], None]


@dataclass(frozen=True)
class Course:
    """What to drive and where it is written down.

    `profile` is the file, `order` is as for the whole: segment, start, until and folder are filled in, and of
    its `requests` (0: generously what the profile needs) each segment gets what the ones before it left.
    `elsewhere` of its workers are started on other machines, see `supervisor`; `port` is the master's.
    """

    folder: Path
    head: Head
    profile: Path
    order: Order
    locustfile: Path
    elsewhere: int = 0
    port: int | None = None


def _nobody(_: Generator) -> None:
    """Leave it to whoever reads the ledger to start what is started elsewhere."""


def run(course: Course, *, sample: Look, watch: Watch, tell: Tell, call: Call = _nobody) -> Ledger:
    """Begin a ledger, or go on with the one in the folder, and return it when nothing is left to be done.

    `sample` is called every `head.sample` seconds, in a thread of its own; `watch` after each sample, with
    its findings written down; `tell` a few times a second; `call` when a segment waits for workers of other
    machines, and again when they have come (its generator has `begun` then). It ends when profile time is
    used up, on SIGTERM or Ctrl-C (a checkpoint), after a finding that makes the rest worthless, when the
    generator stops of itself, after too many dead ones, or when the disk is full: the last segment says why.

    Raises:
        LedgerError: another run is at it, it is about something else, or it is damaged.
    """
    course.folder.mkdir(parents=True, exist_ok=True)
    with Lock(course.folder), Request() as request:
        # What a killed run left behind still writes windows: it ends before anything is read.
        reaper.reap(course.folder.parent, within=0)
        if (course.folder / HEAD).exists():
            refuse_other(course.folder, head_of(course.folder), course.head)
        else:
            create(course.folder, course.head, course.profile)
        return _Run(course, request, sample=sample, watch=watch, tell=tell, call=call).through()


def generous(profile: Profile) -> int:
    """Return more requests than a journey of the profile can need, but not without end."""
    return math.ceil(VISIT * Rate(profile).total(profile.duration)) + VISITS


class _Run:
    """One process's share of a course."""

    def __init__(
        self, course: Course, request: Request, *, sample: Look, watch: Watch, tell: Tell, call: Call
    ) -> None:
        self.course, self.request = course, request
        self.watch, self.tell, self.call = watch, tell, call
        self.reader = Reader(course.folder)
        self.ledger = self.reader.refresh()
        number = 1 + max((known.number for known in self.ledger.samples), default=0)
        self.looking = Looking(sample, every=course.head.sample, within=LOOK_WITHIN, number=number)
        self.strata = Strata(course.head, begun_anew(self.ledger.segments))
        self.dead: list[float] = []  # when generators died, by the monotonic clock
        self.end = ""  # why nothing more is to be done

    def through(self) -> Ledger:
        try:
            mend(self.course.folder)
            self._remember()
            while not self.end and self.ledger.position < self.course.head.duration - NEAR:
                self._segment()
        except DiskFull as full:
            self.ledger = self.reader.refresh()
            return replace(self.ledger, troubles=(*self.ledger.troubles, str(full)))
        self.ledger = self.reader.refresh()
        self.tell(self.ledger)
        return self.ledger

    def _remember(self) -> None:
        """Take note of what the samples so far tell; a killed run may not have written it down."""
        known = {(finding.kind, finding.at) for finding in self.ledger.findings}
        for sample in self.ledger.samples:
            told = self.strata.look(sample)
            self._note([finding for finding in told if (finding.kind, finding.at) not in known])
        before = self.ledger.segments[-1:]
        self.strata.anew |= {known.segment + 1 for known in before}

    def _segment(self) -> None:
        mend(self.course.folder)
        before = self.ledger.segments[-1] if self.ledger.segments else None
        segment = Segment(
            segment=before.segment + 1 if before else 1,
            start=self.ledger.position,
            workers=self.course.order.workers,
            began=time.time(),
            planned=before is None or before.checkpoint,
        )
        append(self.course.folder / SEGMENTS, segment)
        generator = Generator(
            self._order(segment),
            self.course.locustfile,
            self.course.folder,
            elsewhere=self.course.elsewhere,
            port=self.course.port,
        )
        try:
            generator.start()
            state = self._attend(generator, segment)
        finally:
            generator.stop()
        self._close(segment, state)

    def _order(self, segment: Segment) -> Order:
        order = self.course.order
        allowed = order.requests or generous(order.profile)
        used = sum(slot.requests for slot in self.ledger.slots)
        return replace(
            order,
            segment=segment.segment,
            start=segment.start,
            until=self.course.head.duration,
            requests=max(allowed - used, segment.workers),
            folder=str(self.course.folder.resolve()),
        )

    def _attend(self, generator: Generator, segment: Segment) -> State:
        told: list[float | None] = []
        while True:
            state = generator.poll()
            if state.word not in {"starting", "running"}:
                return state
            if generator.open and generator.begun not in told:
                told.append(generator.begun)
                self.call(generator)
            self._sample(segment)
            self.ledger = self.reader.refresh()
            self.tell(self.ledger)
            if self.request.why:
                self.end = self.request.why
            if self.end:
                if state.word == "starting":
                    return State("checkpoint")
                generator.checkpoint()
            time.sleep(PAUSE)

    def _sample(self, segment: Segment) -> None:
        sample = self.looking.turn(segment.segment)
        if sample is None:
            return
        append(self.course.folder / SAMPLES, sample)
        told = self.strata.look(sample)
        self._note(told)
        self.ledger = self.reader.refresh()
        self._note(self.watch(self.ledger))
        ending = [finding for finding in told if finding.kind in ENDING]
        if ending:
            self.end = ending[0].text

    def _close(self, segment: Segment, state: State) -> None:
        self.ledger = self.reader.refresh()
        done = self.ledger.position >= self.course.head.duration - NEAR
        why = state.why
        if done:
            self.end = why = "complete"
        elif state.word == "stopped":
            self.end = why
        elif state.word == "complete":
            state = State("dead", f"it said complete at {self.ledger.position:g} s of profile time")
        if state.word == "dead" and not done:
            why = self._died(segment, state.why)
        asked = bool(self.request.why) and not done
        ended = segment.model_copy(
            update={
                "ended": time.time(),
                "why": self.end or why,
                "checkpoint": asked and self.end == self.request.why,
            }
        )
        append(self.course.folder / SEGMENTS, ended)
        self.ledger = self.reader.refresh()

    def _died(self, segment: Segment, why: str) -> str:
        now = time.monotonic()
        self.dead = [*(moment for moment in self.dead if now - moment < HOUR), now]
        text = f"the load generator died in segment {segment.segment}: {why}"
        self._note([Finding(at=time.time(), kind="generator", text=text, facts={"segment": segment.segment})])
        if len(self.dead) > DEAD:
            self.end = f"the load generator died {len(self.dead)} times within an hour, last: {why}"
            return self.end
        return f"{GENERATOR_DIED}: {why}"

    def _note(self, findings: list[Finding]) -> None:
        for finding in findings:
            append(self.course.folder / FINDINGS, finding)
