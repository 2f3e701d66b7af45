"""A stint: one profile against one target, from begin to end in one segment, with a ledger of its own."""

import math
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from proveout.evidence.digest import definition_files, of_files
from proveout.evidence.instant import written
from proveout.load.ledger import SEGMENTS, DiskFull, Ledger, LedgerError, append, create
from proveout.load.line import Head, Segment
from proveout.load.order import Order
from proveout.load.profile import Profile, load_profile
from proveout.load.rate import Rate
from proveout.load.reading import read
from proveout.load.supervisor import Generator, State
from proveout.model.mistake import shown
from proveout.providers.readiness import GaveUp, NotYet, probe
from proveout.providers.target import Target
from proveout.safety.guard import Guard, Refused

VISIT = 20  # requests of one visit, at the most: what journeys send beyond them is no visit any more
SPARE = 2  # times what is expected; a mistake of a journey sends many times that
LOOK = 0.5  # seconds between two looks at the generator
LEAVING = 60.0  # seconds for the last visits and windows
STARTING = 180.0  # seconds until a busy machine has started the generator


class NotOffered(Exception):
    """The load was not the one that was ordered, so it says nothing; the text says why."""


@dataclass(frozen=True)
class Place:
    """Where the parts of a load are: the profiles, the journeys, the locustfile; and who takes records."""

    suite: Path
    records: Path

    @property
    def locustfile(self) -> Path:
        """Return the file that locust starts from."""
        return self.suite / "locustfile.py"

    @property
    def journeys(self) -> Path:
        """Return the folder of the journeys."""
        return self.suite / "journeys"

    def profile(self, name: str) -> Profile:
        """Return the profile of that name; see `load_profile` for errors."""
        return load_profile(self.suite / "profiles", name)


@dataclass(frozen=True)
class Stint:
    """A load that is to be offered: the guard's policy and effect hold for it, `folder` takes the ledger."""

    target: Target
    guard: Guard
    profile: Profile
    place: Place
    folder: Path
    version: str = ""
    workers: int = 1
    rehearsal: bool = False

    def whole(self, look: Callable[[], object] = lambda: None) -> Ledger:
        """Offer the load from begin to end, look meanwhile, and return what came of it.

        Raises:
            NotOffered: it was not the load that was ordered.
            Refused: it wanted something the guard does not allow.
        """
        with self._generator() as generator:
            state = generator.poll()
            deadline = time.monotonic() + STARTING + self.profile.duration + LEAVING
            while state.word in {"starting", "running"} and time.monotonic() < deadline:
                if state.word == "running":
                    look()
                time.sleep(LOOK)
                state = generator.poll()
        return self._ledger(state, {"complete"})

    @contextmanager
    def beside(self) -> Iterator[None]:
        """Offer the load for as long as the context lasts, which must be shorter than the profile.

        It begins when the profile has warmed up.

        Raises:
            NotOffered: the load was not the one that was ordered, or ended first.
            Refused: it wanted something the guard does not allow.
        """
        with self._generator() as generator:
            state = self._until(generator, {"running"}, STARTING)
            warm = self.profile.warm_up or 0.0
            while state.word == "running" and time.time() < generator.at(warm):
                time.sleep(LOOK)
                state = generator.poll()
            if state.word == "running":
                yield
                state = generator.poll()
                if state.word == "running":
                    generator.checkpoint()
                    state = self._until(generator, {"checkpoint"}, LEAVING)
        self._ledger(state, {"checkpoint"})

    def sent(self) -> int:
        """Return how many requests were sent, as far as that was written down."""
        try:
            return sum(slot.requests for slot in read(self.folder).slots)
        except LedgerError:
            return 0

    @contextmanager
    def _generator(self) -> Iterator[Generator]:
        environment = self.target.environment
        head = Head(
            ledger=secrets.token_hex(4),
            environment=environment.id,
            provenance=self.target.provenance,
            url=self.target.url,
            version=self.version,
            profile_name=self.profile.name,
            profile=self.profile.digest,
            definition=of_files(definition_files(environment)),
            duration=self.profile.duration,
            rehearsal=self.rehearsal,
            window=self.profile.window,
            sample=self.profile.sample,
            began=written(datetime.now(UTC)),
        )
        segment = Segment(segment=1, start=0.0, workers=self.workers, began=time.time())
        try:
            create(self.folder, head, self.place.suite / "profiles" / f"{self.profile.name}.toml")
            append(self.folder / SEGMENTS, segment)
            generator = Generator(self._order(), self.place.locustfile, self.place.records)
            try:
                generator.start()
                yield generator
            finally:
                generator.stop()
            append(self.folder / SEGMENTS, _ended(segment, generator.poll()))
        except (DiskFull, LedgerError, OSError) as error:
            raise NotOffered(f"the load could not be recorded: {error}") from error

    def _order(self) -> Order:
        environment = self.target.environment
        visits = Rate(self.profile).total(self.profile.duration)
        return Order(
            url=self.target.url,
            environment=environment.name,
            system=environment.system,
            policy=self.guard.policy,
            effect=self.guard.effect,
            requests=math.ceil(SPARE * VISIT * (visits + 1)),
            answer=self.guard.budgets.answer,
            body=self.guard.budgets.body,
            profile=self.profile,
            digest=self.profile.digest,
            journeys=str(self.place.journeys.resolve()),
            segment=1,
            workers=self.workers,
            start=0.0,
            until=self.profile.duration,
            folder=str(self.folder.resolve()),
            definition=environment.model_dump(mode="json"),
        )

    def _until(self, generator: Generator, words: set[str], within: float) -> State:
        def found() -> State:
            state = generator.poll()
            if state.word not in {"starting", "running"} - words:
                return state
            raise NotYet(state.word)

        try:
            return probe(found, within=within, every=LOOK)
        except GaveUp as error:
            return State("dead", f"the load generator is still {error} after {within:g} s")

    def _ledger(self, state: State, wanted: set[str]) -> Ledger:
        """Return what the ledger says; a load that came to another end proves nothing."""
        try:
            ledger = read(self.folder)
        except LedgerError as error:
            raise NotOffered(f"what the load did cannot be read: {error}") from error
        if ledger.refused:
            self.guard.refusals.extend(ledger.refused)
            raise Refused(ledger.refused[0])
        if state.word not in wanted:
            ended = f"it is {state.word}" + (f" ({state.why})" if state.why else "")
            raise NotOffered(
                f"the load {self.profile.name} on {self.target.environment.id} did not come to its end: "
                f"{ended}; see {shown(self.folder)}"
            )
        return ledger


def _ended(segment: Segment, state: State) -> Segment:
    """Return the line of a segment that has ended."""
    return segment.model_copy(
        update={
            "ended": time.time(),
            "why": state.why or state.word,
            "checkpoint": state.word == "checkpoint",
        }
    )
