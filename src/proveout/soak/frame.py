"""The frame every picture of a soak shares: the clock below, profile time above, and what interrupted it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from proveout.load.ledger import Ledger, Slot

INK, MUTED, GRID, PAPER = "#1f2329", "#667080", "#d9dee5", "#fefefe"
FIRST, SECOND, THIRD, BUDGET = "#0a5fa5", "#b0520a", "#6b7686", "#b0261f"
PAUSE, GAP, WARM = "#dfe9f5", "#c5cad2", "#f6efdf"
COLOURS = {
    "ink": INK,
    "muted": MUTED,
    "grid": GRID,
    "paper": PAPER,
    "first": FIRST,
    "second": SECOND,
    "third": THIRD,
    "budget": BUDGET,
    "pause": PAUSE,
    "gap": GAP,
    "warm": WARM,
}

STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)  # seconds
TICKS = 9  # marks on a time axis, at most
APART = 0.025  # of the width; numbers of findings closer together than that would cover each other
STYLE: dict[Any, Any] = {
    "axes.edgecolor": MUTED,
    "axes.facecolor": PAPER,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "figure.facecolor": PAPER,
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.7,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "svg.fonttype": "path",
    "text.color": INK,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
}


@dataclass(frozen=True)
class Span:
    """A stretch of the clock, in seconds of the epoch."""

    begin: float
    end: float


class Frame:
    """The time axis of a ledger; `begin` and `end` are seconds of the epoch."""

    def __init__(self, ledger: Ledger) -> None:
        times = [slot.at for slot in ledger.slots] + [sample.at for sample in ledger.samples]
        self.ledger = ledger
        self.begin = min(times)
        self.end = max([*times, *(slot.at + slot.seconds for slot in ledger.slots), self.begin + 1.0])

    def panels(self, title: str, heights: Sequence[float]) -> tuple[Figure, list[Axes]]:
        """Return a figure with panels above each other, as high as `heights` say, in inches."""
        figure = Figure(figsize=(10.0, sum(heights) + 1.4), layout="constrained")
        figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold")
        grid = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=list(heights))
        panels = [row[0] for row in grid]
        for panel in panels:
            panel.set_xlim(self.begin, self.end)
            panel.set_axisbelow(True)
            self._shade(panel)
        return figure, panels

    def close(self, figure: Figure, panels: Sequence[Axes]) -> None:
        """Write the two times and say what bands and lines mean."""
        self._clock(panels[-1])
        self._profile(panels[0])
        self._number_findings(panels[0])
        lines, labels = [], []
        for panel in panels:  # a line that several panels have is explained once
            for line, label in zip(*panel.get_legend_handles_labels(), strict=True):
                if label not in labels:
                    lines.append(line)
                    labels.append(label)
        if lines:
            figure.legend(lines, labels, loc="outside upper right", ncols=len(lines))
        handles = list(self._meanings())
        if handles:
            figure.legend(handles=handles, loc="outside lower left", ncols=len(handles))
        # Laid out once: a layout goes on from where it was, and two files of one picture would differ.
        figure.draw_without_rendering()
        figure.set_layout_engine("none")

    def pauses(self) -> Iterator[Span]:
        """Yield the pauses of the profile."""
        return _joined([slot for slot in self.ledger.slots if slot.idle])

    def warm_up(self) -> Span | None:
        """Return the time that is left out of what is said about growth."""
        warm = [slot for slot in self.ledger.slots if slot.begin < self.ledger.warm]
        return Span(warm[0].at, warm[-1].at + warm[-1].seconds) if warm else None

    def _shade(self, panel: Axes) -> None:
        warm = self.warm_up()
        if warm is not None:
            panel.axvspan(warm.begin, warm.end, color=WARM, linewidth=0, zorder=0)
        # All pauses as one thing: those of a month are several hundred.
        pauses = [(span.begin, span.end - span.begin) for span in self.pauses()]
        panel.broken_barh(
            pauses, (0, 1), transform=panel.get_xaxis_transform(), color=PAUSE, linewidth=0, zorder=0.1
        )
        for gap in self.ledger.gaps:
            panel.axvspan(gap.begin, gap.end, **_hidden(planned=gap.planned), linewidth=0, zorder=0.2)
            # A gap of minutes in a day is thinner than its hatching.
            panel.axvline(gap.begin, color=MUTED, linewidth=0.6, zorder=0.3)
            panel.axvline(gap.end, color=MUTED, linewidth=0.6, zorder=0.3)
        for finding in self.ledger.findings:
            panel.axvline(
                finding.at,
                color=BUDGET if finding.kind == "restarted" else INK,
                linewidth=1.2,
                linestyle=_stroke(finding.kind),
                zorder=1.5,
            )

    def _number_findings(self, panel: Axes) -> None:
        last = -math.inf
        for number, finding in enumerate(self.ledger.findings, start=1):
            if finding.at - last >= APART * (self.end - self.begin):
                panel.annotate(
                    f"{number}",
                    (finding.at, 0.98),
                    xycoords=("data", "axes fraction"),
                    ha="center",
                    va="top",
                    fontsize=8,
                    fontweight="bold",
                    bbox={"boxstyle": "circle,pad=0.25", "facecolor": PAPER, "edgecolor": INK},
                )
                last = finding.at

    def _meanings(self) -> Iterator[Patch | Line2D]:
        if self.warm_up():
            yield Patch(facecolor=WARM, edgecolor=GRID, label="warm-up")
        if any(self.pauses()):
            yield Patch(facecolor=PAUSE, edgecolor=GRID, label="pause: nobody arrives")
        kinds = {gap.planned for gap in self.ledger.gaps}
        if True in kinds:
            yield Patch(**_hidden(planned=True), label="not measured, planned")
        if False in kinds:
            yield Patch(**_hidden(planned=False), label="not measured")
        found = {finding.kind for finding in self.ledger.findings}
        if "restarted" in found:
            yield Line2D([], [], color=BUDGET, linestyle=_stroke("restarted"), label="target restarted")
        if found - {"restarted"}:
            yield Line2D([], [], color=INK, linestyle=_stroke(""), label="finding, by its number")

    def _clock(self, panel: Axes) -> None:
        step = _step(self.end - self.begin)
        times = [tick * step for tick in range(math.ceil(self.begin / step), int(self.end // step) + 1)]
        labels, day = [], ""
        for time in times:
            moment = datetime.fromtimestamp(time, UTC)
            text = f"{moment:%H:%M:%S}" if step < 60 else f"{moment:%H:%M}"
            today = f"{moment.day} {moment:%b}"
            labels.append(text if today == day else f"{text}\n{today}")
            day = today
        panel.set_xticks(times, labels)
        panel.set_xlabel("UTC")

    def _profile(self, panel: Axes) -> None:
        slots = self.ledger.slots
        if not slots:
            return
        step = _step(slots[-1].begin + slots[-1].seconds)
        ticks: dict[int, float] = {}
        for slot in slots:
            number = math.ceil(slot.begin / step)
            if number * step < slot.begin + max(slot.seconds, 1e-9):
                ticks.setdefault(number, slot.at + number * step - slot.begin)
        above = panel.secondary_xaxis("top")
        above.set_xticks(list(ticks.values()), [_position(number * step, step) for number in ticks])
        above.tick_params(labelsize=8.5, colors=MUTED)
        unit = "hours" if step >= 3600 else "h:min" if step >= 60 else "min:s"
        above.set_xlabel(
            f"profile time, {unit} (stands still where nobody measures)", fontsize=8.5, color=MUTED
        )


def _hidden(*, planned: bool) -> dict[str, Any]:
    if planned:
        return {"facecolor": GAP, "edgecolor": MUTED, "hatch": "//"}
    return {"facecolor": PAPER, "edgecolor": MUTED, "hatch": "xxx"}


def _joined(slots: list[Slot]) -> Iterator[Span]:
    begin = end = -math.inf
    for slot in slots:
        if slot.at - end > 1.0:
            if end > begin:
                yield Span(begin, end)
            begin = slot.at
        end = slot.at + slot.seconds
    if end > begin:
        yield Span(begin, end)


def _step(seconds: float) -> int:
    return next(
        (step for step in STEPS if seconds / step <= TICKS), math.ceil(seconds / TICKS / 86400) * 86400
    )


def _position(seconds: float, step: int) -> str:
    if step >= 3600:
        return f"{seconds / 3600:.0f}"
    big, small = divmod(round(seconds), 3600 if step >= 60 else 60)
    return f"{big}:{small // 60 if step >= 60 else small:02d}"


def _stroke(kind: str) -> tuple[float, tuple[float, ...]]:
    return (0, (1, 1)) if kind == "restarted" else (0, (5, 3))
