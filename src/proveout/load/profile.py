"""A profile: the shape of a load over time, who does what in it, and the budgets it must stay within."""

import hashlib
import math
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from proveout.catalogue.reading import section, table
from proveout.model.environment import Call, Section
from proveout.model.mistake import DefinitionError, Mistake, UserError, near, shown
from proveout.model.quantity import Bytes, Seconds

LONGEST = 31 * 86400.0  # seconds; a profile of more is a slip of the unit
SHORT = 600.0  # seconds; below it the windows of the ledger are half as long, so that there are some
LEAST_IDLE = 5.0  # seconds; a shorter pause is none for a server that is still answering
SELDOM_IDLE = 60.0  # seconds from one pause to the next, at least
NEAR = 1e-9  # slots; what rounding makes of a whole number

Rate = Annotated[float, Field(ge=0, le=5000)]


class Phase(Section):
    """One stretch of time: arrivals per second at its begin, at its end, and a daily wave on top.

    The wave adds nothing at the begin of a period and `swing` in the middle of it.
    """

    says: str = ""
    lasts: Seconds
    rate: Rate
    to: Rate | None = None
    swing: Rate = 0.0
    period: Seconds = 86400.0


class Idle(Section):
    """A pause in which nobody arrives: what the target needs when it is not busy is seen then."""

    every: Seconds
    lasts: Seconds

    @model_validator(mode="after")
    def _shorter_than_its_turn(self) -> Self:
        if self.lasts >= self.every:
            raise ValueError(f"lasts {self.lasts:g} s of every {self.every:g} s: nobody would ever arrive")
        return self


class Part(Section):
    """What share of the arrivals takes a journey, or how many personas live it, each at its own pace."""

    journey: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]*$")]
    share: Annotated[float, Field(gt=0)] | None = None
    personas: Annotated[int, Field(ge=1, le=1000)] | None = None

    @model_validator(mode="after")
    def _one_of_the_two(self) -> Self:
        if (self.share is None) == (self.personas is None):
            raise ValueError(
                "write either share = 3 (of the arrivals) or personas = 2 (people at their own pace)"
            )
        return self


class Latency(Section):
    """The latest a request of one name may be answered, for a share of all of them."""

    p50: Seconds | None = None
    p95: Seconds | None = None
    p99: Seconds | None = None

    @property
    def by_quantile(self) -> dict[float, float]:
        """Return the budgets in seconds by quantile, those that are declared."""
        found = {0.5: self.p50, 0.95: self.p95, 0.99: self.p99}
        return {quantile: seconds for quantile, seconds in found.items() if seconds is not None}


class Limits(Section):
    """What the whole may cost: shares of requests, and growth of the target over the profile's duration.

    `rss`, `disk` and `log` are bytes that may come on top, `descriptors` and `threads` numbers; `restarts`,
    `critical` lines and `server_errors` (answers of 500 and more) are counted.
    """

    error_share: Annotated[float, Field(gt=0, lt=1)]
    rss: Bytes | None = None
    descriptors: Annotated[int, Field(ge=0)] | None = None
    threads: Annotated[int, Field(ge=0)] | None = None
    disk: Bytes | None = None
    log: Bytes | None = None
    restarts: Annotated[int, Field(ge=0)] = 0
    critical: Annotated[int, Field(ge=0)] = 0
    server_errors: Annotated[int, Field(ge=0)] | None = None
    log_per_request: Bytes | None = None
    cold_start: Seconds | None = None


class Mix(Section):
    """Who comes to one system, and what must hold meanwhile."""

    journeys: Annotated[tuple[Part, ...], Field(min_length=1)]
    requests: dict[Call, Latency] = {}
    limits: Limits

    @model_validator(mode="after")
    def _somebody_arrives(self) -> Self:
        if all(part.share is None for part in self.journeys):
            raise ValueError("no journey has a share, so nobody would ever arrive")
        names = [part.journey for part in self.journeys]
        if len(set(names)) < len(names):
            raise ValueError("a journey is named twice")
        return self


class Profile(Section):
    """One file of `profiles/`; times are profile time, which stands still where nobody measures.

    `in_flight` visits at once are the most; an arrival beyond them is dropped and counted. `warm_up` is left
    out of what is said about growth. `window` is the length of one line of the ledger.
    """

    says: Annotated[str, Field(min_length=1)]
    arrivals: Literal["poisson", "regular"] = "poisson"
    seed: int = 1
    in_flight: Annotated[int, Field(ge=1, le=10_000)] = 100
    window: Seconds = 10.0
    sample: Seconds = 60.0
    warm_up: Seconds | None = None
    phases: Annotated[tuple[Phase, ...], Field(min_length=1)]
    idle: Idle | None = None
    system: Annotated[dict[str, Mix], Field(min_length=1)]

    name: str = Field(exclude=True)
    digest: str = Field(default="", exclude=True)

    @property
    def duration(self) -> float:
        """Return the seconds of profile time of the whole."""
        return sum(phase.lasts for phase in self.phases)

    @model_validator(mode="after")
    def _of_this_world(self) -> Self:
        if self.duration > LONGEST:
            raise ValueError(f"the phases last {self.duration / 86400:.0f} days; at most 31 are driven")
        if not any(phase.rate or phase.to or phase.swing for phase in self.phases):
            raise ValueError("nobody ever arrives: every phase has rate = 0")
        return self

    def mix(self, system: str) -> Mix:
        """Return who comes to a system.

        Raises:
            UserError: the profile says nothing of it.
        """
        try:
            return self.system[system]
        except KeyError:
            raise UserError(
                f"the profile {self.name} has no part for {system}; it has {', '.join(self.system)}\n"
                f"next: add [system.{system}] to it"
            ) from None

    def over(self, duration: float) -> "Profile":
        """Return the same shape over another time: a rehearsal of a day in minutes.

        Phases, waves and pauses shrink alike, but for pauses too short to be any; rates stay. Samples come
        more often, and pauses are whole slots of them, so that a pause is seen. The digest stays: it is of
        the file.
        """
        scale = duration / self.duration
        short = duration <= SHORT
        window = min(self.window, 5.0) if short else self.window
        sample = min(self.sample, 5.0) if short else self.sample
        sample = min(sample, max(window, window * round(self.sample * scale / window)))
        phases = tuple(
            phase.model_copy(update={"lasts": phase.lasts * scale, "period": phase.period * scale})
            for phase in self.phases
        )
        idle = self.idle and self.idle.model_copy(
            update={
                "every": sample * math.ceil(max(self.idle.every * scale, SELDOM_IDLE) / sample - NEAR),
                "lasts": sample * math.ceil(max(self.idle.lasts * scale, LEAST_IDLE) / sample - NEAR),
            }
        )
        return self.model_copy(
            update={
                "phases": phases,
                "idle": idle,
                "window": window,
                "sample": sample,
                "warm_up": None if self.warm_up is None else min(self.warm_up, duration / 10),
            }
        )


def load_profile(folder: Path, name: str) -> Profile:
    """Read the profile of that name.

    Raises:
        UserError: there is none; the text names near ones.
        DefinitionError: it has mistakes; all of them are named.
    """
    path = folder / f"{name}.toml"
    known = sorted(file.stem for file in folder.glob("*.toml"))
    if name not in known:
        raise UserError(
            f"no profile {name!r} in {shown(folder)}{near(name, known)}\n"
            f"  there are: {', '.join(known) or 'none'}"
        )
    mistakes: list[Mistake] = []
    content = table(path, mistakes)
    profile = None
    if content is not None:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        reserved = [key for key in ("name", "digest") if key in content]
        mistakes += [Mistake(shown(path), key, "the file's own name is its name") for key in reserved]
        if not reserved:
            profile = section(Profile, {**content, "name": name, "digest": digest}, path, mistakes)
    if mistakes or profile is None:
        raise DefinitionError(mistakes)
    return profile
