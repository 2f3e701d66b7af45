"""Finds the critical values: python tests/simulation/calibrate.py [--days 4000] [--jobs 2] [--seed 1].

Harmless days of all families are looked at as often as a soak looks at itself. Of each day only the worst
look counts. The tail of these worst looks is followed to where one series in a hundred thousand is, by a law
that is nearly the normal one: the logarithm of the chance of more than z falls with z squared. The largest
value of all families is written to src/proveout/soak/critical.toml.
"""

import argparse
import itertools
import math
import multiprocessing
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # matrices are small; threads would only wait for each other
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from rich.console import Console

from proveout.soak import critical as package
from proveout.soak.critical import WHOLE
from proveout.soak.series import Series
from proveout.soak.slope import KINDS, slopes
from proveout.soak.trend import trend
from proveout.soak.watch import LOOKS
from simulation.families import FAMILIES, KNOWN, MINUTES, load, noise

say = Console(markup=False, highlight=False, soft_wrap=True).print
SIGMA = 400 * 1024.0  # bytes
HOURS = MINUTES / 60
WARM = 1 / 6  # hours
SELDOM = 1e-5  # false alarms of one kind in one series of one day of the worst family
SUSPECTS = 1e-3  # false suspicions in one series of one day: they fail nothing
TAIL = 0.06  # share of days whose worst look is taken for the tail
# After a step that is known, a slope follows the normal law, and so few days do not show its tail.
LEAST = 4.1
# A step is a trend, and the slow end of ar .95 all but one; neither says at what height a trend is chance.
TRENDLESS = tuple(family for family in FAMILIES if family not in ("step", "all"))

Worst = dict[tuple[str, str, str], float]


def harmless(family: str, seed: int, day: int, leak: float = 0.0) -> Series:
    """Return the memory of a target on one day, `leak` in sigma per hour."""
    random = np.random.default_rng([seed, KNOWN.index(family), day])
    under = load(random)
    hours = np.arange(MINUTES) / 60
    values = np.round((noise(family, random, under) + leak * hours) * SIGMA / 4096) * 4096 + 2e8
    warm = hours >= WARM
    stratum = np.zeros(warm.sum(), dtype=np.int64)
    return Series("rss", hours[warm], values[warm], under.rates[warm], stratum, under.quiet[warm])


def worst(task: tuple[str, int, int]) -> tuple[str, Worst]:
    """Return the worst look at a harmless day, per kind of critical value."""
    family, seed, day = task
    whole = harmless(family, seed, day)
    found: Worst = defaultdict(lambda: -math.inf)
    for look in range(1, LOOKS + 1):
        series = whole.until(look * HOURS / LOOKS + 0.5 / 60)
        for slope in slopes(series, MINUTES * 60.0):
            when = "whole" if slope.span >= WHOLE * HOURS else "during"
            key = (when, "stepped" if slope.best else "plain", slope.kind)
            found[key] = max(found[key], slope.score())
        rises = trend(series, HOURS) if look % 2 == 0 else None
        if rises is not None:
            found["suspect", "", "trend"] = max(found["suspect", "", "trend"], rises)
    return family, dict(found)


def reached(values: Iterable[float], days: int, seldom: float) -> float:
    """Return the value that is passed so seldom; `days` of which only some have one at all."""
    ordered = np.sort([value for value in values if value > 0])[::-1]
    count = min(max(int(TAIL * days), 5), len(ordered) - 1)
    if count < 5:
        return 0.0
    edge = ordered[count]
    spread = np.mean(ordered[:count] ** 2 - edge**2)
    return math.sqrt(edge**2 + spread * max(math.log(count / days / seldom), 0.0))


def calibrated(results: Iterable[tuple[str, Worst]], days: int) -> dict[tuple[str, str, str], float]:
    """Return the critical values of so many days of each family."""
    seen: dict[tuple[str, str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for family, found in results:
        for key, value in found.items():
            seen[key][family].append(value)
    values = {}
    for key, families in sorted(seen.items()):
        seldom, chosen = (SUSPECTS, TRENDLESS) if key[0] == "suspect" else (SELDOM, FAMILIES)
        by_family = {f: reached(v, days, seldom) for f, v in families.items() if f in chosen}
        highest = {family: max(each) for family, each in families.items()}
        values[key] = max(by_family.values())
        top = max(by_family, key=by_family.__getitem__)
        say(f"{' '.join(key):24} {values[key]:.2f} ({top}; highest seen {max(highest.values()):.2f})")
    return values


def text(values: dict[tuple[str, str, str], float], days: int, seed: int) -> str:
    """Return the file of critical values."""
    lines = [
        "# How far above its budget a slope must be, in normal deviations, to be held against a target.",
        f"# Written by: python tests/simulation/calibrate.py --days {days} --seed {seed}",
        "",
        f"days = {days}",
    ]
    for when in ("during", "whole"):
        lines += ["", f"[{when}]"]
        for tier in ("plain", "stepped"):
            found = ", ".join(f"{k} = {max(values.get((when, tier, k), 0.0), LEAST):.2f}" for k in KINDS)
            lines.append(f"{tier} = {{ {found} }}")
    lines += ["", "[suspect]", f"trend = {values['suspect', '', 'trend']:.2f}", ""]
    return "\n".join(lines)


def main() -> None:
    """Calibrate and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=4000, help="series of a day, over all families")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(package.__file__).with_name("critical.toml"))
    wish = parser.parse_args()
    each = max(wish.days // len(FAMILIES), 20)
    tasks = list(itertools.product(FAMILIES, [wish.seed], range(each)))
    begun = time.monotonic()
    with multiprocessing.Pool(wish.jobs) as pool:
        results = list(pool.imap_unordered(worst, tasks, chunksize=10))
    say(f"{len(tasks)} days, {(time.monotonic() - begun) / len(tasks):.2f} s each")
    wish.out.write_text(text(calibrated(results, each), len(tasks), wish.seed), encoding="utf-8")


if __name__ == "__main__":
    main()
