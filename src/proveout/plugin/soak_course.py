"""Follows a course to its end: what it drives, what looks at the target meanwhile, and what is judged."""

import math
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.console import Console

from proveout.access.answer import Unknowable, Wrong
from proveout.access.database import Database
from proveout.access.http import Http
from proveout.evidence.digest import definition_files, of_files
from proveout.evidence.instant import written
from proveout.load.elsewhere import called
from proveout.load.ledger import Ledger, LedgerError
from proveout.load.line import Finding, Head
from proveout.load.order import Order
from proveout.load.rate import Rate
from proveout.load.reading import head_of
from proveout.load.supervisor import Generator
from proveout.model.environment import EFFECTS, Effect
from proveout.model.gaia import GaiaEnvironment
from proveout.model.verdict import Word
from proveout.plugin import profiles
from proveout.plugin.deployments import deployed, excused
from proveout.plugin.soak import Soaked
from proveout.plugin.windows import logs_of
from proveout.providers.target import Target
from proveout.safety.guard import Guard
from proveout.soak.course import Course, run
from proveout.soak.judgement import judge
from proveout.soak.progress import Progress
from proveout.soak.sampler import Sampler
from proveout.soak.watch import watch

if TYPE_CHECKING:
    from proveout.plugin.run import Run
    from proveout.plugin.soak_wish import SoakWish

ASKED = 3  # requests of one sample, at the most


class _Moment:
    """What the ledger said last, from which it is known whether the profile pauses now."""

    def __init__(self, wish: "SoakWish") -> None:
        self._rate = Rate(wish.profile)
        self._duration = wish.profile.duration
        self._last: Ledger | None = None

    def tell(self, ledger: Ledger) -> None:
        self._last = ledger

    def paused(self) -> bool:
        slots = self._last.slots if self._last is not None else ()
        if not slots:
            return False
        position = slots[-1].begin + time.time() - slots[-1].at
        return position < self._duration and self._rate.at(position) == 0


def follow(run_: "Run", target: Target, wish: "SoakWish") -> Soaked:
    """Drive the course of a target, or what is left of it, and judge what is on record then.

    Raises:
        Unknowable: the ledger cannot be gone on with, or is damaged.
    """
    moment = _Moment(wish)
    sampler = _sampler(run_, target, wish, moment.paused)
    course = _course(run_, target, wish)
    mix = wish.profile.mix(target.environment.system)

    def look(ledger: Ledger) -> list[Finding]:
        return watch(ledger, wish.profile, mix)

    try:
        console = Console(highlight=False)
        with Progress(console) as progress:

            def tell(ledger: Ledger) -> None:
                moment.tell(ledger)
                progress.tell(ledger)

            def call(generator: Generator) -> None:
                console.print(called(generator), markup=False, soft_wrap=True)

            ledger = run(course, sample=sampler, watch=look, tell=tell, call=call)
    except LedgerError as error:
        raise Unknowable(str(error)) from None
    # The page and the archive of it hide what a scan of the run would find.
    for leak in run_.redaction.remove_leaks(ledger.folder):
        run_.trouble(target.environment.id, Word.FAIL, f"secret leaked: {leak}", kind="leaked")
    run_.requests_of_loads[target.environment.id] += sum(slot.requests for slot in ledger.slots)
    run_.guard(target).refusals.extend(ledger.refused)
    judged = judge(ledger, wish.profile, mix)
    records = deployed(run_.store, target.environment)
    return Soaked(wish, ledger, excused(judged, ledger.samples, records))


def _course(run_: "Run", target: Target, wish: "SoakWish") -> Course:
    place, name = profiles.folder(run_.config), wish.profile.name
    head = _head(run_, target, wish)
    if wish.resume is not None:
        known = head_of(wish.resume)
        head = head.model_copy(update={"ledger": known.ledger, "began": known.began})
    return Course(
        folder=wish.resume or wish.folder / f"{run_.begun:%Y%m%d-%H%M%S}-{head.ledger}",
        head=head,
        profile=profiles.file_of(run_.config, name),
        order=_order(run_, target, wish),
        locustfile=place / "locustfile.py",
        elsewhere=wish.elsewhere,
        port=wish.port,
    )


def _head(run_: "Run", target: Target, wish: "SoakWish") -> Head:
    environment, identity = target.environment, run_.identities.get(target.environment.id)
    return Head(
        ledger=secrets.token_hex(4),
        environment=environment.id,
        provenance=target.provenance,
        url=target.url,
        version=(identity.version if identity else None) or "",
        profile_name=wish.profile.name,
        profile=wish.profile.digest,
        definition=of_files(definition_files(environment)),
        duration=wish.profile.duration,
        rehearsal=wish.rehearsal,
        window=wish.profile.window,
        sample=wish.profile.sample,
        began=written(datetime.now(UTC)),
    )


def _order(run_: "Run", target: Target, wish: "SoakWish") -> Order:
    environment, profile = target.environment, wish.profile
    budgets = environment.budgets
    return Order(
        url=target.url,
        environment=environment.name,
        system=environment.system,
        policy=run_.guard(target).policy,
        effect=_effect(run_, environment.id),
        requests=0,  # the course takes them from the profile
        answer=budgets.answer,
        body=budgets.body,
        profile=profile,
        digest=profile.digest,
        journeys=str(profiles.journeys(run_.config).resolve()),
        segment=1,
        workers=wish.workers,
        start=0.0,
        until=profile.duration,
        folder="",
        definition=environment.model_dump(mode="json"),
    )


def _effect(run_: "Run", environment: str) -> Effect:
    """Return the worst that the checks of the soak may do: it is their load."""
    effects = [c.effect for c in run_.checks.values() if environment in c.environments and "soak" in c.marks]
    return max(effects, key=EFFECTS.index, default="reads")


def _sampler(run_: "Run", target: Target, wish: "SoakWish", paused: Callable[[], bool]) -> Sampler:
    environment, system = target.environment, run_.catalogue.system_of(target.environment)
    lacking = dict(run_.plan_of(environment.id).lacking())
    machine = None if "machine" in lacking else run_.machine(target)
    logs = None
    try:
        logs = logs_of(run_, target)
    except (Wrong, Unknowable) as error:
        lacking["logs"] = str(error)
    file = environment.database.file if isinstance(environment, GaiaEnvironment) else None
    # A soak of a month asks more often than a whole run may: it has a budget of its own.
    asked = ASKED * math.ceil(wish.profile.duration / wish.profile.sample + 10)
    budgets = environment.budgets.model_copy(update={"requests": asked})
    return Sampler(
        target,
        system.identity,
        Http(target.url, Guard(run_.guard(target).policy, budgets)),
        machine,
        logs,
        Database(machine, file) if machine is not None and file is not None else None,
        paused,
        lacking,
    )
