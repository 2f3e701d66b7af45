"""Load runs: a profile against a target, once for all checks that ask for it, or beside a check."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from proveout.access.answer import Unknowable, Wrong
from proveout.access.usage import Meter, Usage
from proveout.load.histogram import Histogram
from proveout.load.ledger import Ledger
from proveout.load.profile import Mix, Profile
from proveout.load.stint import NotOffered, Place, Stint
from proveout.model.mistake import UserError, shown
from proveout.model.quantity import seconds
from proveout.model.verdict import Word
from proveout.plugin.profiles import folder
from proveout.providers.target import Target
from proveout.soak.answers import errors, latencies, server_errors

if TYPE_CHECKING:
    from proveout.plugin.run import Run

PROFILE = "baseline"
OFFERED = 0.99  # the share of what was due that must have been offered in time


class Visited(Protocol):
    """A system in one environment, as checks hold it in their hands."""

    target: Target


@dataclass(frozen=True)
class Loaded:
    """What came of a load: its ledger, and what the target took of its machine meanwhile.

    `unseen` says why `usage` is empty.
    """

    ledger: Ledger
    profile: Profile
    mix: Mix
    usage: tuple[Usage, ...] = ()
    unseen: str = ""

    def waited(self, call: str) -> Histogram:
        """Return how long requests of one name took, from the moment they were due."""
        return self.ledger.totals.get(call, Histogram())

    @property
    def statuses(self) -> dict[str, int]:
        """Return how many answers had which status."""
        found: dict[str, int] = {}
        for slot in self.ledger.slots:
            for status, count in slot.statuses.items():
                found[status] = found.get(status, 0) + count
        return found

    def figures(self) -> Mapping[str, Any]:
        """Return what was offered and what came of it, by name."""
        slots = self.ledger.slots
        return {
            "profile": self.profile.name,
            "seconds": self.ledger.valid,
            "due": sum(slot.due for slot in slots),
            "offered": sum(slot.offered for slot in slots),
            "requests": sum(slot.requests for slot in slots),
            "failed": sum(slot.failed for slot in slots),
            "statuses": self.statuses,
            "p99": {name: waited.quantile(0.99) for name, waited in self.ledger.totals.items()},
            "ledger": self.ledger.folder.name,
        }

    def keeps(self) -> bool:
        """Return True if the load proves that every budget of its profile for errors and latency is kept.

        Raises:
            Wrong: it proves that one is broken; all that are, are named.
            Unknowable: it proves neither of some.
        """
        __tracebackhide__ = True
        ledger, mix = self.ledger, self.mix
        budgets = [errors(ledger, mix), *server_errors(ledger, mix), *latencies(ledger, mix)]
        said = {word: [f"{b.name}: {b.text}" for b in budgets if b.word is word] for word in Word}
        place = f"every window: {shown(ledger.folder)}"
        if broken := said[Word.FAIL]:
            headline = f"{ledger.head.environment} does not keep the budgets of {self.profile.name}"
            raise Wrong("\n  ".join([headline, *broken, place]))
        if doubts := said[Word.HOLD]:
            raise Unknowable("\n  ".join([*doubts, place]))
        return True

    def require_offered(self) -> None:
        """Raise Unknowable if the generator was too slow: then it was another load."""
        due = sum(slot.due for slot in self.ledger.slots)
        offered = sum(slot.offered + slot.dropped for slot in self.ledger.slots)
        if due == 0 or offered / due < OFFERED:
            raise Unknowable(
                f"only {offered} of {due} visits of {self.profile.name} began in time: the load generator "
                "was too slow for this rate, or its machine too busy\n"
                "next: run it on a calmer machine, or with --load-workers=2"
            )


@dataclass
class _Watch:
    """Looks at what a target takes of its machine, as long as that can be seen."""

    meter: Meter | None
    unseen: str = ""
    seen: list[Usage] = field(default_factory=list)

    def look(self) -> None:
        if self.meter is not None:
            try:
                self.seen.append(self.meter.read())
            except (Unknowable, Wrong) as error:
                self.meter, self.unseen = None, str(error)


class Load:
    """Puts targets under load: a profile's, or for as long as a check looks at something else."""

    def __init__(self, run: "Run") -> None:
        self._run = run
        self._known: dict[tuple[str, str, str], Loaded] = {}
        self._failed: dict[tuple[str, str, str], str] = {}
        wanted = run.config.option.load_duration
        self._duration = None if wanted is None else _seconds(wanted)

    @property
    def place(self) -> Place:
        """Return where profiles and journeys are."""
        return Place(folder(self._run.config), self._run.folder)

    def profile(self, name: str | None = None) -> Profile:
        """Return a profile as it is driven here; without a name the one that the command line says.

        Raises:
            Unknowable: there is none of that name, or it has mistakes.
        """
        option = self._run.config.option
        try:
            found = self.place.profile(name or option.load_profile or PROFILE)
        except UserError as error:
            raise Unknowable(str(error)) from None
        return found if self._duration is None else found.over(self._duration)

    def mix(self, visited: Visited, name: str | None = None) -> Mix:
        """Return who comes to a system by a profile, and what must hold; see `profile` for errors."""
        try:
            return self.profile(name).mix(visited.target.environment.system)
        except UserError as error:
            raise Unknowable(str(error)) from None

    def budget(self, visited: Visited, call: str, quantile: float, name: str | None = None) -> float:
        """Return within how many seconds the profile wants a share of the answers to one call.

        Raises:
            Unknowable: it says nothing of it.
        """
        latency = self.mix(visited, name).requests.get(call)
        seconds = latency.by_quantile.get(quantile) if latency else None
        if seconds is None:
            profile, system = self.profile(name).name, visited.target.environment.system
            raise Unknowable(
                f'the profile {profile} has no budget of p{100 * quantile:g} for "{call}"\n'
                f"next: take another --load-profile, or write it into its [system.{system}.requests]"
            )
        return seconds

    def __call__(self, visited: Visited, name: str | None = None, *, in_time: bool = True) -> Loaded:
        """Return what came of a profile that was offered to a target; it is offered once.

        Raises:
            Unknowable: it could not be offered; or not in time, unless that is left to the check.
        """
        __tracebackhide__ = True
        profile, target = self.profile(name), visited.target
        key = (target.environment.id, profile.name, self._run.guard(target).effect)
        if why := self._failed.get(key):
            raise Unknowable(why)
        if key not in self._known:
            try:
                self._known[key] = self._offered(visited, profile)
            except Unknowable as error:
                self._failed[key] = str(error)
                raise
        loaded = self._known[key]
        if in_time:
            loaded.require_offered()
        return loaded

    @contextmanager
    def beside(self, visited: Visited, name: str) -> Iterator[None]:
        """Offer a profile to a target for as long as the context lasts; see `__call__` for errors."""
        __tracebackhide__ = True
        self.mix(visited, name)
        stint = self._stint(visited.target, self.profile(name))
        try:
            with stint.beside():
                yield
        except NotOffered as error:
            raise Unknowable(str(error)) from None
        finally:
            self._count(stint)

    def _offered(self, visited: Visited, profile: Profile) -> Loaded:
        mix = self.mix(visited, profile.name)
        stint = self._stint(visited.target, profile)
        watch = _Watch(*self._meter(visited.target))
        try:
            ledger = stint.whole(watch.look)
        except NotOffered as error:
            raise Unknowable(str(error)) from None
        finally:
            self._count(stint)
        return Loaded(ledger, profile, mix, tuple(watch.seen), watch.unseen)

    def _count(self, stint: Stint) -> None:
        self._run.requests_of_loads[stint.target.environment.id] += stint.sent()

    def _stint(self, target: Target, profile: Profile) -> Stint:
        run = self._run
        identity = run.identities.get(target.environment.id)
        ledgers = run.folder_of(target.environment) / "load"
        number = len(list(ledgers.glob(f"{profile.name}-*"))) + 1
        return Stint(
            target,
            run.guard(target),
            profile,
            self.place,
            ledgers / f"{profile.name}-{number}",
            version=(identity.version if identity else None) or "",
            workers=run.config.option.load_workers,
            rehearsal=self._duration is not None,
        )

    def _meter(self, target: Target) -> tuple[Meter | None, str]:
        why = self._run.plan_of(target.environment.id).lacking().get("machine")
        if why is not None:
            return None, why
        return Meter(self._run.machine(target), target.ports["port"]), ""


def _seconds(text: str) -> float:
    try:
        return seconds(text)
    except ValueError as error:
        raise pytest.UsageError(f"--load-duration {text}: {error}") from None
