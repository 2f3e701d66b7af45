"""Draws the pictures of a soak with matplotlib; imported only when something is drawn."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import fmean
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from proveout.load.ledger import Ledger, Slot
from proveout.load.profile import Mix
from proveout.soak import unit
from proveout.soak.burn import burnt
from proveout.soak.frame import BUDGET, FIRST, GAP, PAPER, SECOND, THIRD, Frame
from proveout.soak.judgement import Judged

POINTS = 1500  # of a line; more than a picture has columns show nothing more
PANELS = 6  # requests with a panel of their own
DOTTED, DASHED, BROKEN = (0, (1, 1.2)), (0, (4, 1.6)), (0, (7, 2, 1.5, 2))
MILLISECOND = 0.001


@dataclass(frozen=True)
class Drawn:
    """A figure, its title, and what it shows in one sentence."""

    title: str
    says: str
    figure: Figure


@dataclass(frozen=True)
class Stroke:
    """How a line is drawn, so that it is told apart without colour."""

    colour: str
    dashes: str | tuple[float, tuple[float, ...]]
    width: float
    label: str | None = None

    @property
    def options(self) -> dict[str, Any]:
        """Return it as matplotlib wants it."""
        return {
            "color": self.colour,
            "linestyle": self.dashes,
            "linewidth": self.width,
            "label": self.label,
            "solid_capstyle": "butt",
        }


def latency(ledger: Ledger, _: Judged) -> Drawn | None:
    """Draw the percentiles of each request over time, on a logarithmic scale, with the budgets as lines."""
    budgets = {str(call): spec.by_quantile for call, spec in _mix(ledger).requests.items()}
    names = [name for name in budgets if name in ledger.totals] or list(ledger.totals)
    names = sorted(names, key=lambda name: -ledger.totals[name].count)[:PANELS]
    if not names:
        return None
    frame = Frame(ledger)
    figure, panels = frame.panels("Latency, counted from when a request was due", [2.1] * len(names))
    for name, panel in zip(names, panels, strict=True):
        _percentiles(ledger, name, panel, budgets.get(name, {}))
    frame.close(figure, panels)
    said = "; ".join(f"{name} p99 {unit.latency(ledger.totals[name].quantile(0.99))}" for name in names)
    return Drawn("Latency", f"Percentiles of latency over time. Over the whole: {said}.", figure)


def rate(ledger: Ledger, _: Judged) -> Drawn | None:
    """Draw who was due, who came and what was asked per second, and how busy the generator was."""
    if not ledger.slots:
        return None
    frame = Frame(ledger)
    figure, (panel, busy) = frame.panels("Load", [2.6, 1.3])
    slots = ledger.slots
    _line(panel, slots, lambda s: s.due / s.seconds, Stroke(GAP, "-", 4.5, "visits due"), fmean)
    in_time = Stroke(SECOND, DASHED, 1.6, "visits offered in time")
    _line(panel, slots, lambda s: s.offered / s.seconds, in_time, fmean)
    _line(panel, slots, lambda s: s.requests / s.seconds, Stroke(FIRST, "-", 0.9, "requests"), fmean)
    if any(slot.dropped for slot in slots):
        dropped = Stroke(BUDGET, BROKEN, 1.6, "visits dropped")
        _line(panel, slots, lambda s: s.dropped / s.seconds, dropped, fmean)
    panel.set_ylabel("per second")
    panel.set_ylim(bottom=0)
    _line(busy, slots, lambda s: 100 * s.cpu, Stroke(FIRST, "-", 1.3), max)
    busy.set_ylabel("generator\n% of a core")
    busy.set_ylim(0, max(100.0, *(110 * slot.cpu for slot in slots)))
    busy.yaxis.set_major_locator(MaxNLocator(3))
    frame.close(figure, [panel, busy])
    due, offered = sum(s.due for s in slots), sum(s.offered for s in slots)
    said = f"Visits and requests per second over time; {offered:,} of {due:,} visits began in time."
    return Drawn("Load", said, figure)


def errors(ledger: Ledger, _: Judged) -> Drawn | None:
    """Draw the failed requests, and how much of what may fail has failed by then."""
    slots, mix = ledger.slots, _mix(ledger)
    if not slots:
        return None
    frame = Frame(ledger)
    figure, (panel, share) = frame.panels("Failed requests", [1.7, 1.7])
    clock = [time for slot in slots for time in (slot.at, slot.at + slot.seconds)]
    counts = [60 * slot.failed / slot.seconds for slot in slots for _ in "be"]
    panel.fill_between(clock, counts, color=BUDGET, linewidth=0.8)
    panel.set_ylabel("per minute")
    panel.set_ylim(0, max(5.0, 1.1 * max(counts)))
    panel.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    requests, failed = sum(slot.requests for slot in slots), sum(slot.failed for slot in slots)
    used = burnt(ledger, mix.limits.error_share)
    points = [100 * used * so_far / (failed or 1) for so_far in accumulate(slot.failed for slot in slots)]
    share.plot([slot.at + slot.seconds for slot in slots], points, color=FIRST, drawstyle="steps-post")
    share.axhline(100, color=BUDGET, linestyle=BROKEN, linewidth=1.5)
    share.set_title(
        f"share of the error budget used; all of it: {unit.share(mix.limits.error_share)} of the requests",
        fontsize=9.5,
    )
    share.set_ylabel("budget used, %")
    share.set_ylim(0, max(115.0, *(1.1 * point for point in points)))
    frame.close(figure, [panel, share])
    said = f"{failed:,} of {requests:,} requests failed, {unit.share(used)} of the error budget."
    return Drawn("Failed requests", said, figure)


def _percentiles(ledger: Ledger, name: str, panel: Axes, budgets: dict[float, float]) -> None:
    asked = {id(slot): slot.names[name] for slot in ledger.slots if name in slot.names}
    finite = [
        value
        for each in asked.values()
        for value in (each.p50, each.p95, each.p99)
        if math.isfinite(value) and value > 0
    ]
    low = min([*finite, *budgets.values()], default=MILLISECOND)
    high = max([*finite, *budgets.values()], default=1.0)
    panel.set_yscale("log")
    panel.set_ylim(low / 1.6, high * 2.2)
    # The widest first: where few ask, two of them are one and the same.
    for label, colour, dashes, width in (
        ("p99", FIRST, "-", 1.9),
        ("p95", SECOND, DASHED, 1.1),
        ("p50", THIRD, DOTTED, 1.2),
    ):

        def value(slot: Slot, label: str = label) -> float:
            found = asked.get(id(slot))
            seconds: float = getattr(found, label) if found else math.nan
            return seconds if math.isfinite(seconds) else math.nan

        _line(panel, ledger.slots, value, Stroke(colour, dashes, width, label), max)
    never = [slot.at for slot in ledger.slots if id(slot) in asked and math.isinf(asked[id(slot)].p99)]
    if never:
        top = [high * 1.7] * len(never)
        panel.plot(never, top, "^", color=BUDGET, markersize=5, label="p99: failed", linestyle="none")
    for quantile, seconds in budgets.items():
        highest = seconds == max(budgets.values())
        panel.axhline(seconds, color=BUDGET, linestyle=BROKEN, linewidth=1.3)
        panel.annotate(
            f"budget p{quantile * 100:.0f} {unit.latency(seconds)}",
            (1.0, seconds),
            xycoords=("axes fraction", "data"),
            xytext=(-3, 3 if highest else -3),
            textcoords="offset points",
            ha="right",
            va="bottom" if highest else "top",
            fontsize=8.5,
            color=BUDGET,
            bbox={"boxstyle": "square,pad=0.1", "facecolor": PAPER, "edgecolor": "none", "alpha": 0.75},
        )
    panel.set_title(f"{name}   {ledger.totals[name].count:,} requests", fontsize=10)
    panel.yaxis.set_major_formatter(FuncFormatter(lambda seconds, _: unit.latency(seconds)))
    panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 300 else (1,), numticks=12))
    panel.yaxis.set_minor_locator(NullLocator())


def _line(
    panel: Axes,
    slots: Sequence[Slot],
    value: Callable[[Slot], float],
    stroke: Stroke,
    together: Callable[[list[float]], float],
) -> None:
    """Draw a line over slots, interrupted where nobody measured."""
    many = math.ceil(len(slots) / POINTS)
    times: list[float] = []
    values: list[float] = []
    for start in range(0, len(slots), max(many, 1)):
        group = slots[start : start + max(many, 1)]
        found = [number for number in map(value, group) if not math.isnan(number)]
        whole = together(found) if found else math.nan
        if start and group[0].at - (slots[start - 1].at + slots[start - 1].seconds) > 1.0:
            times.append(group[0].at)
            values.append(math.nan)
        times.append((group[0].at + group[-1].at + group[-1].seconds) / 2)
        values.append(whole)
    panel.plot(times, values, **stroke.options)


def _mix(ledger: Ledger) -> Mix:
    return ledger.profile.mix(ledger.head.environment.partition("/")[0])
