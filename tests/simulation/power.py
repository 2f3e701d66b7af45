"""How small a leak is found: python tests/simulation/power.py [--days 200] [--jobs 2] [--seed 3].

Days of all families with a leak are looked at every two hours, by the slopes and critical values of the soak.
Writes the table into docs/soak-power.md (between its two marks) and the plot beside it.
"""

import argparse
import itertools
import multiprocessing
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # matrices are small; threads would only wait for each other
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from rich.console import Console

from proveout.soak.growth import Limit, growing
from simulation.calibrate import HOURS, harmless
from simulation.families import COMBINED, KNOWN

say = Console(markup=False, highlight=False, soft_wrap=True).print
LEAKS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)  # sigma per hour
LOOKS = tuple(range(6, 25, 2))  # hours
SOAK = HOURS * 3600
DOCS = Path(__file__).parents[2] / "docs"
BEGIN, END = "<!-- table: tests/simulation/power.py -->", "<!-- end of table -->"
NAMED = {COMBINED: "diurnal, collector, step", "all": "all, with ar .5", "step": "one step"}


def found(task: tuple[str, float, int, int]) -> tuple[str, float, float]:
    """Return after how many hours the leak of a day is held against the target; infinity for never."""
    family, leak, seed, day = task
    whole = harmless(family, seed, day, leak)
    for hours in LOOKS:
        if growing(Limit(whole.until(hours + 0.5 / 60), 1.0, SOAK)):
            return family, leak, hours
    return family, leak, np.inf


def table(cells: dict[tuple[str, float], list[float]], days: int) -> str:
    """Return the table in Markdown: the share that is found by the end, and the median hour."""
    lines = [
        f"{days} days each: the share found by 24 h, and the hour by which half were (looked at every two).",
        "",
        "| family | " + " | ".join(f"{leak:g} sigma/h" for leak in LEAKS) + " |",
        "|---|" + "---|" * len(LEAKS),
    ]
    for family in KNOWN:
        said = []
        for leak in LEAKS:
            hours = np.array(cells[family, leak])
            share, median = float(np.isfinite(hours).mean()), float(np.quantile(hours, 0.5, method="lower"))
            said.append(f"{100 * share:.3g} %" + (f", {median:.0f} h" if np.isfinite(median) else ""))
        lines.append(f"| {NAMED.get(family, family)} | " + " | ".join(said) + " |")
    return "\n".join(lines)


def plot(cells: dict[tuple[str, float], list[float]], path: Path) -> None:
    """Draw the share that is found over the size of the leak, a line per family."""
    import matplotlib as mpl  # noqa: PLC0415 - a second, for this alone

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - see above

    figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    for family, marker in zip(KNOWN, "osv^DPXd*", strict=True):
        shares = [np.isfinite(cells[family, leak]).mean() * 100 for leak in LEAKS]
        axes.plot(LEAKS, shares, marker=marker, label=NAMED.get(family, family))
    axes.set_xscale("log", base=10)
    axes.set_xticks(LEAKS, [f"{leak:g}" for leak in LEAKS])
    axes.minorticks_off()
    axes.set(xlabel="leak, standard deviations of one minute's noise per hour", ylabel="found by 24 h, %")
    axes.set_title("What a soak of a day sees", loc="left")
    axes.grid(alpha=0.3)
    axes.legend(title="harmless besides", frameon=False)
    figure.savefig(path, dpi=110)


def main() -> None:
    """Look at the days, and write table and plot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=200, help="days of each family and size")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=3)
    wish = parser.parse_args()
    cells: dict[tuple[str, float], list[float]] = {cell: [] for cell in itertools.product(KNOWN, LEAKS)}
    tasks = list(itertools.product(KNOWN, LEAKS, [wish.seed], range(wish.days)))
    with multiprocessing.Pool(wish.jobs) as pool:
        for family, leak, hours in pool.imap_unordered(found, tasks, chunksize=10):
            cells[family, leak].append(hours)
    text = table(cells, wish.days)
    say(text)
    page = DOCS / "soak-power.md"
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
    plot(cells, DOCS / "soak-power.png")


if __name__ == "__main__":
    main()
