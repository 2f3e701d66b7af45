"""What the command line says of a soak: which profile, for how long, begun or gone on with."""

import argparse
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import pytest

from proveout.load.line import NEAR, Head
from proveout.load.profile import Profile
from proveout.model.environment import Environment
from proveout.model.mistake import UserError, shown
from proveout.model.quantity import brief, seconds
from proveout.model.system import System
from proveout.plugin.collected import asks_for
from proveout.plugin.places import reports_folder
from proveout.plugin.profiles import MOST_WORKERS, profile
from proveout.providers.address import require_free

PROFILE = "soak_24h"
LEAST = 10.0  # seconds; a shorter soak would be over before its load has begun
NEEDED = ("scipy", "matplotlib")
PORT = 5557  # locust's own
PORTS = range(1024, 65536)


@dataclass(frozen=True)
class SoakWish:
    """A soak of one environment; `profile` is as it is driven, `resume` the ledger that is gone on with.

    `elsewhere` of the `workers` are started by hand on other machines, and reach the master at `port`.
    """

    environment: str
    profile: Profile
    rehearsal: bool
    workers: int
    folder: Path
    resume: Path | None = None
    elsewhere: int = 0
    port: int | None = None

    @property
    def note(self) -> str:
        """Return what a verdict says of a soak that was shorter than its profile, else nothing."""
        return f"rehearsal {span(self.profile.duration)}" if self.rehearsal else ""

    @property
    def again(self) -> str:
        """Return the command that goes on with it."""
        words = [f"pytest --env={self.environment} -m soak"]
        if self.profile.name != PROFILE:
            words.append(f"--load-profile {self.profile.name}")
        if self.workers > 1 or self.elsewhere:
            words.append(f"--load-workers {self.workers}")
        if self.elsewhere:
            words.append(f"--load-elsewhere {self.elsewhere} --load-port {self.port}")
        return " ".join([*words, "--soak-resume"])

    @property
    def visits(self) -> int:
        """Return how many visits are expected."""
        from proveout.load.rate import Rate  # noqa: PLC0415 - only who plans asks

        return round(Rate(self.profile).total(self.profile.duration))


def span(duration: float) -> str:
    """Write seconds as the command line takes them: 90s, 5m, 24h."""
    for unit, length in (("h", 3600.0), ("m", 60.0)):
        if duration >= length and duration % length == 0:
            return f"{duration / length:.0f}{unit}"
    return f"{duration:g}s"


def soaks_folder(config: pytest.Config, environment: str) -> Path:
    """Return the folder in which the ledgers of an environment's soaks lie."""
    return reports_folder(config) / "soaks" / environment.replace("/", "-")


def soak_wish(
    config: pytest.Config, environments: list[Environment], systems: dict[str, System]
) -> SoakWish | None:
    """Return the soak that `-m` asks for, or None.

    Raises:
        UserError: it cannot be run as the options say.
    """
    option = config.option
    if not 1 <= option.load_workers <= MOST_WORKERS:
        raise UserError(f"--load-workers {option.load_workers}: write a number from 1 to {MOST_WORKERS}")
    expression = option.markexpr or ""
    if not _asked(expression):
        for flag, given in (
            ("--soak-duration", option.soak_duration),
            ("--soak-resume", option.soak_resume),
            ("--load-elsewhere", option.load_elsewhere),
            ("--load-port", option.load_port is not None),
        ):
            if given:
                raise UserError(
                    f"{flag} is given, but no soak was asked for\nnext: pytest -m soak {flag} ..."
                )
        return None
    concerned = [
        environment
        for environment in environments
        if any(c.tier == "soak" for c in systems[environment.system].checkable(environment.name))
    ]
    if not concerned:
        return None
    _one_at_a_time(config, concerned)
    i = concerned[0].id
    port = _port(option)
    named = profile(config, getattr(option, "load_profile", None) or PROFILE)
    named.mix(concerned[0].system)
    place = soaks_folder(config, i)
    resume = newest_unfinished(place) if option.soak_resume else None
    if option.soak_resume and resume is None:
        raise UserError(
            f"--soak-resume: no soak of {i} that could be gone on with is in {shown(place)}\n"
            f"next: pytest --env={i} -m soak"
        )
    duration = _duration(option.soak_duration, named, resume)
    rehearsal = duration < named.duration
    driven = named.over(duration) if rehearsal else named
    workers, elsewhere = option.load_workers, option.load_elsewhere
    return SoakWish(i, driven, rehearsal, workers, place, resume and resume[0], elsewhere, port)


def newest_unfinished(place: Path) -> tuple[Path, Head] | None:
    """Return the newest ledger below a folder that has not come to its end, with its head."""
    # Only where there is something to go on with: histograms and all that they need.
    from proveout.load.ledger import HEAD, LedgerError  # noqa: PLC0415
    from proveout.load.reading import head_of, read  # noqa: PLC0415

    try:
        found = [(head_of(path.parent), path.parent) for path in place.glob(f"*/{HEAD}")]
        for head, folder in sorted(found, key=lambda each: each[0].began, reverse=True):
            if read(folder).position < head.duration - NEAR:
                return folder, head
    except LedgerError as error:
        raise UserError(f"--soak-resume: {error}") from None
    return None


def _asked(expression: str) -> bool:
    try:
        return asks_for(["soak"], expression)
    except SyntaxError:
        return False  # pytest says so itself


def _one_at_a_time(config: pytest.Config, environments: list[Environment]) -> None:
    option = config.option
    if len(environments) > 1:
        names = ", ".join(environment.id for environment in environments)
        raise UserError(
            f"-m soak: {len(environments)} environments are selected ({names}), and a soak takes its time: "
            "one is soaked at a time\n"
            f"next: pytest --env={environments[0].id} -m soak, and the others in jobs of their own"
        )
    if getattr(option, "numprocesses", None) or getattr(option, "tx", None):
        raise UserError(
            "-m soak and -n: the checks of a soak judge one and the same day, and its load is not to compete "
            "with workers\nnext: leave -n out; --load-workers spreads the load over processes"
        )
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(
            f"-m soak: {' and '.join(missing)} is not installed, so a soak cannot be judged\n"
            "next: pip install 'proveout[soak]'"
        )


def _port(option: argparse.Namespace) -> int | None:
    """Return the port at which workers of other machines reach the master, None if there are none."""
    elsewhere, workers, port = option.load_elsewhere, option.load_workers, option.load_port
    if not 0 <= elsewhere <= workers:
        raise UserError(
            f"--load-elsewhere {elsewhere}: they are among the --load-workers, and those are {workers}\n"
            f"next: write a number from 0 to {workers}, or --load-workers {max(elsewhere, 1)}"
        )
    if not elsewhere:
        if port is not None:
            raise UserError(
                f"--load-port {port} is given, but no worker is started elsewhere\n"
                "next: add --load-elsewhere 1, or leave --load-port out"
            )
        return None
    port = PORT if port is None else port
    if port not in PORTS:
        raise UserError(f"--load-port {port}: write a number from {PORTS[0]} to {PORTS[-1]}")
    require_free(port, f"--load-port {port}", otherwise="give another one: --load-port")
    return int(port)


def _duration(text: str | None, named: Profile, resume: tuple[Path, Head] | None) -> float:
    if text is None:
        return resume[1].duration if resume else named.duration
    try:
        duration = seconds(text)
    except ValueError as error:
        raise UserError(f'--soak-duration "{text}": {error}') from None
    if not LEAST <= duration <= named.duration:
        raise UserError(
            f"--soak-duration {text}: from {span(LEAST)} to {span(named.duration)}, which is how long the "
            f"profile {named.name} lasts\nnext: write another time, or a profile that lasts longer"
        )
    if resume and duration != resume[1].duration:
        raise UserError(
            f"--soak-duration {text}: the soak that is gone on with lasts {span(resume[1].duration)}\n"
            "next: leave --soak-duration out"
        )
    return duration


def elapsed(text: float) -> str:
    """Write how much of a soak is on record: 6.0 h, 3 min."""
    return f"{text / 3600:.1f} h" if text >= 3600 else brief(text)
