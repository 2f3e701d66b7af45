"""Draws what was sampled of the target, against what it may grow; imported only when something is drawn."""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from statistics import median

from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from proveout.load.ledger import Ledger
from proveout.load.line import Sample
from proveout.soak import unit
from proveout.soak.budget import Budget
from proveout.soak.drawing import BROKEN, DASHED, Drawn
from proveout.soak.frame import BUDGET, FIRST, SECOND, Frame
from proveout.soak.judgement import Judged

FEW = 200  # samples that are drawn as dots, too

Value = Callable[[Sample], float | None]


def memory(ledger: Ledger, judged: Judged) -> Drawn | None:
    """Draw the memory of the target, its growth with interval, and the steepest growth allowed."""
    seen = [sample for sample in ledger.samples if sample.rss is not None]
    if not seen:
        return None
    frame = Frame(ledger)
    figure, (panel,) = frame.panels("Memory of the target", [3.2])
    said = _growth(panel, ledger, _budget(judged, "rss"), seen, lambda sample: sample.rss)
    panel.set_ylabel("resident (RSS)")
    _sizes(panel)
    frame.close(figure, [panel])
    return Drawn("Memory", said or "No budget is declared for it.", figure)


def resources(ledger: Ledger, judged: Judged) -> Drawn | None:
    """Draw descriptors, threads, disk and log of the target, those that could be seen."""
    values: list[tuple[str, str, Value]] = [
        ("descriptors", "descriptors", lambda sample: sample.descriptors),
        ("threads", "threads", lambda sample: sample.threads),
        ("disk", "disk:\ndata and log", _disk),
        ("log", "log", lambda sample: sample.log),
    ]
    sampled = [(*each, [s for s in ledger.samples if each[2](s) is not None]) for each in values]
    seen = [each for each in sampled if each[3]]
    if not seen:
        return None
    frame = Frame(ledger)
    figure, panels = frame.panels("What the target holds", [1.5] * len(seen))
    said = []
    for (name, title, value, samples), panel in zip(seen, panels, strict=True):
        text = _growth(panel, ledger, _budget(judged, name), samples, value)
        if text:
            said.append(text)
        panel.set_ylabel(title)
        if name in {"disk", "log"}:
            _sizes(panel)
        else:
            low, high = panel.get_ylim()
            panel.set_ylim(min(low, (low + high) / 2 - 2), max(high, (low + high) / 2 + 2))
            panel.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    frame.close(figure, panels)
    return Drawn("What the target holds", ". ".join(said) or "No budgets are declared for these.", figure)


def _growth(
    panel: Axes, ledger: Ledger, budget: Budget | None, samples: Sequence[Sample], value: Value
) -> str:
    """Draw samples, their slope with its interval, and the growth that is allowed; return it in words."""
    seen = [float(value(sample) or 0) for sample in samples]
    _samples(panel, samples, seen)
    if budget is None:
        return ""
    clear = [(sample.at, found) for sample, found in zip(samples, seen, strict=True)]
    clear = [pair for pair in clear if pair[0] >= ledger.begun + ledger.warm] or clear
    begin, end, level = clear[0][0], clear[-1][0], clear[0][1]
    visible, slope = list(seen), _number(budget.figures, "slope")
    if slope is not None:
        bounds = [_number(budget.figures, key) for key in ("slope_lower", "slope_upper")]
        rises = [slope, *(bound for bound in bounds if bound is not None)]
        line = _slope(panel, begin, end, median(found for _, found in clear), rises)
        level = line[0]
        visible += line
    most = _number(budget.figures, "budget")
    if most is not None and ledger.head.duration:
        allowed = [level, level + most * (end - begin) / ledger.head.duration]
        panel.plot(
            [begin, end], allowed, color=BUDGET, linestyle=BROKEN, linewidth=1.5, label="growth allowed"
        )
        visible += allowed
    # The interval of a short time is wide: it may leave the picture, the samples must not become a line.
    room = (max(visible) - min(visible)) * 0.08 or 1.0
    panel.set_ylim(min(visible) - room, max(visible) + room)
    return budget.text


def _slope(panel: Axes, begin: float, end: float, level: float, rises: Sequence[float]) -> list[float]:
    """Draw the first of the rises (per hour) as a line through the middle, the others as its interval."""
    middle = (begin + end) / 2
    times = [begin, middle, end]
    lines = [[level + rise * (time - middle) / 3600 for time in times] for rise in rises]
    low = [min(column) for column in zip(*lines, strict=True)]
    high = [max(column) for column in zip(*lines, strict=True)]
    panel.fill_between(times, low, high, color=SECOND, alpha=0.28, linewidth=0, label="its interval")
    panel.plot(times, lines[0], color=SECOND, linestyle=DASHED, linewidth=1.8, label="growth")
    return lines[0]


def _samples(panel: Axes, samples: Sequence[Sample], seen: Sequence[float]) -> None:
    """Draw a thin line, interrupted where samples are missing and where the process is another."""
    steps = sorted(after.at - before.at for before, after in pairwise(samples))
    usual = steps[len(steps) // 2] if steps else 1.0
    times: list[float] = []
    values: list[float] = []
    for before, sample, found in zip([samples[0], *samples[:-1]], samples, seen, strict=True):
        if sample.at - before.at > 2.5 * usual or sample.pid != before.pid:
            times.append(sample.at)
            values.append(math.nan)
        times.append(sample.at)
        values.append(found)
    dots = "." if len(samples) < FEW else ""
    panel.plot(times, values, color=FIRST, linewidth=0.9, marker=dots, markersize=4, label="samples")


def _number(figures: Mapping[str, object], key: str) -> float | None:
    found = figures.get(key)
    return float(found) if isinstance(found, int | float) and math.isfinite(found) else None


def _sizes(panel: Axes) -> None:
    """Put the marks at whole numbers of one unit."""
    low, high = panel.get_ylim()
    name, factor = unit.of_size(max(abs(low), abs(high)))
    marks = [mark for mark in MaxNLocator(5).tick_values(low / factor, high / factor) if mark >= 0]
    panel.yaxis.set_major_locator(FixedLocator([mark * factor for mark in marks]))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda amount, _: f"{amount / factor:g} {name}"))
    panel.set_ylim(low, high)


def _disk(sample: Sample) -> float | None:
    parts = [part for part in (sample.database, sample.log) if part is not None]
    return float(sum(parts)) if parts else None


def _budget(judged: Judged, name: str) -> Budget | None:
    return next((budget for budget in judged.budgets if budget.name == name), None)
