"""The page about a soak: one file that asks nobody, made from the ledger and its judgement alone."""

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from proveout.load.ledger import Ledger
from proveout.load.profile import Phase, Profile
from proveout.model.wording import plain
from proveout.soak import unit
from proveout.soak.budget import Budget
from proveout.soak.hours import hours
from proveout.soak.judgement import Judged
from proveout.soak.plots import pictures
from proveout.soak.standing import standing

LIMIT = 400  # characters of a stranger's text
REASONS = 6  # that are said at the top; the table has them all
COMMONEST = 40  # kinds of errors on the page
MOST = 200  # findings on the page; the ledger has the rest
# Should a text get past the escaping all the same: the browser runs and loads nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'"


def page(ledger: Ledger, judged: Judged) -> str:
    """Return the page as HTML.

    Raises:
        UserError: matplotlib is not installed.
    """
    environment = Environment(
        loader=PackageLoader("proveout.soak", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {
        "plain": lambda text: plain(" ".join(str(text).split()), LIMIT),
        "span": unit.span,
        "size": unit.size,
        "latency": unit.latency,
        "clock": _clock,
        "count": lambda number: f"{number:,}",
    }
    head, stands = ledger.head, standing(ledger)
    rows = [_row(budget) for budget in judged.budgets]
    return environment.get_template(
        "soak.html"
    ).render(
        policy=Markup(POLICY),  # noqa: S704 - a constant; its quotes are its grammar
        head=head,
        judged=judged,
        ledger=ledger,
        stands=stands,
        word=judged.word.value,
        budgets=rows,
        reasons=[row for word in ("FAIL", "HOLD") for row in rows if row["word"] == word],
        most=REASONS,
        pictures=[
            {"title": picture.title, "says": plain(picture.says, 2000), "svg": Markup(picture.svg())}  # noqa: S704 - escaped by matplotlib
            for picture in pictures(ledger, judged)
        ],
        hours=hours(ledger),
        names=[asked.name for asked in stands.names],
        findings=ledger.findings[:MOST],
        more=max(len(ledger.findings) - MOST, 0),
        errors=_errors(ledger),
        shape=describe(ledger.profile),
        mix=ledger.profile.mix(head.environment.partition("/")[0]),
        again=again(ledger),
        version=version("proveout"),
        folder=ledger.folder.name,
    )


def write(path: Path, text: str) -> None:
    """Write the page where nobody finds half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.half")
    half.write_text(text, encoding="utf-8")
    half.replace(path)


def describe(profile: Profile) -> list[str]:
    """Return a profile in sentences."""
    said = [f"{unit.span(profile.duration)} in all, arrivals {_arrivals(profile)} (seed {profile.seed})."]
    said += [_phase(phase) for phase in profile.phases]
    if profile.idle is not None:
        said.append(
            f"Every {unit.span(profile.idle.every)} nobody arrives for {unit.span(profile.idle.lasts)}."
        )
    if profile.warm_up is not None:
        said.append(f"The first {unit.span(profile.warm_up)} are left out of what is said about growth.")
    said.append(f"At most {profile.in_flight} visits are under way at once; more are dropped, and counted.")
    return said


def again(ledger: Ledger) -> list[str]:
    """Return the commands that do the same once more, and judge the same ledger once more."""
    head = ledger.head
    length = f" --soak-duration={_duration(head.duration)}" if head.rehearsal else ""
    profile = "" if head.profile_name == "soak_24h" else f" --load-profile {head.profile_name}"
    address = f" --env-url={head.url}" if head.provenance == "live" else ""
    tested = f" --env-version={head.version}" if head.provenance == "live" and head.version else ""
    return [
        f"pytest --env={head.environment} -m soak{length}{profile}{address}{tested}",
        f"proveout soak report {ledger.folder.name}",
    ]


def _row(budget: Budget) -> dict[str, Any]:
    figures, written = budget.figures, str(budget.figures.get("unit", ""))
    row = {"name": budget.name, "word": budget.word.value, "text": budget.text}
    for key in ("found", "budget"):
        value = figures.get(key)
        row[key] = unit.figure(value, written) if isinstance(value, int | float) else ""
    return row


def _errors(ledger: Ledger) -> list[tuple[str, str, int]]:
    """Return the commonest errors: the request, the kind, how often."""
    found = [(name, kind, count) for name, kinds in ledger.errors.items() for kind, count in kinds.items()]
    return sorted(found, key=lambda each: -each[2])[:COMMONEST]


def _phase(phase: Phase) -> str:
    rate = f"{phase.rate:g}" if phase.to is None else f"from {phase.rate:g} to {phase.to:g}"
    wave = f", a wave of {phase.swing:g} more every {unit.span(phase.period)}" if phase.swing else ""
    says = f" ({phase.says})" if phase.says else ""
    return f"For {unit.span(phase.lasts)} {rate} visits a second{wave}{says}."


def _arrivals(profile: Profile) -> str:
    return "at random, independent of each other" if profile.arrivals == "poisson" else "at regular intervals"


def _clock(time: float) -> str:
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M:%S}" if time else "never"


def _duration(seconds: float) -> str:
    return next(
        (f"{seconds / long:.0f}{name}" for name, long in (("h", 3600), ("m", 60)) if seconds % long == 0),
        f"{seconds:g}s",
    )
