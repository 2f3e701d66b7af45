"""Counts false alarms: python tests/simulation/nights.py [--days 3000] [--jobs 2] [--seed 7].

Harmless days of all families are written through the real ledger, watched while they last and judged at the
end, with all budgets of the target: so small that only the critical values stand between noise and FAIL, and
once more as large as shipped ones, to see how many days PASS. Each day is one line of --out, so that a run
that was stopped goes on where it was; days of one seed are always the same. Exits 1 after any false alarm.
"""

import argparse
import itertools
import json
import math
import multiprocessing
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # matrices are small; threads would only wait for each other
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

from rich.console import Console

from simulation.families import FAMILIES
from simulation.night import night

say = Console(markup=False, highlight=False, soft_wrap=True).print
SERIES = 5
MEMORY = Path("/dev/shm")  # noqa: S108 - a disk that need not be waited for, where there is one


def lived(task: tuple[str, int, int]) -> dict[str, Any]:
    """Live through one day and tell what came of it."""
    family, seed, day = task
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        found = night(Path(folder) / "ledger", family, seed, day)
    return {
        "family": family,
        "seed": seed,
        "day": day,
        "word": found.judged.word.value,
        "roomy": found.roomy.word.value,
        "open": [b.name for b in found.roomy.budgets if b.word.value != "PASS" and not b.claim],
        "broken": found.broken,
        "suspects": found.suspects,
        "seconds": round(time.monotonic() - begun, 1),
    }


def main() -> int:
    """Live through the days that are missing, and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=3000)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path("reports/nights.jsonl"))
    wish = parser.parse_args()
    wish.out.parent.mkdir(parents=True, exist_ok=True)
    known = [json.loads(line) for line in wish.out.read_text().splitlines()] if wish.out.exists() else []
    done = {(one["family"], one["seed"], one["day"]) for one in known}
    turns = itertools.product(range(math.ceil(wish.days / len(FAMILIES))), FAMILIES)
    wanted = [(family, wish.seed, day) for day, family in turns][: wish.days]
    missing = [task for task in wanted if task not in done]
    say(f"{len(wanted)} days, {len(wanted) - len(missing)} of them known from {wish.out}")
    with multiprocessing.Pool(wish.jobs) as pool, wish.out.open("a", encoding="utf-8") as file:
        for one in pool.imap_unordered(lived, missing):
            file.write(json.dumps(one) + "\n")
            file.flush()
            known.append(one)
            if one["broken"]:
                say(f"FALSE ALARM {one['family']} day {one['day']}: {one['broken']}")
    return told([one for one in known if (one["family"], one["seed"], one["day"]) in set(wanted)])


def told(days: list[dict[str, Any]]) -> int:
    """Say what the days came to; 1 after a false alarm."""
    for family in FAMILIES:
        mine = [one for one in days if one["family"] == family]
        false, suspects = sum(bool(one["broken"]) for one in mine), sum(one["suspects"] for one in mine)
        say(
            f"{family:10} {len(mine):5} days, {false} false alarms, "
            f"{suspects} of {SERIES * len(mine)} series suspect, "
            f"{sum(one['roomy'] == 'PASS' for one in mine)} PASS with room"
        )
    false = sum(bool(one["broken"]) for one in days)
    seconds = sum(one["seconds"] for one in days) / max(len(days), 1)
    # With none seen in n, the share of days with one is at most 3/n with 95 %.
    say(f"{false} false alarms in {len(days)} days of {SERIES} series each ({seconds:.1f} s a day)")
    if not false and days:
        say(f"so fewer than one in {len(days) / -math.log(0.05):.0f} days has one (95 %)")
    return 1 if false else 0


if __name__ == "__main__":
    sys.exit(main())
