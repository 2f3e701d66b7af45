"""A seeded sample of what the nightly commands do: days through the real ledger, and days with a leak."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from proveout.soak.critical import critical
from proveout.soak.growth import Limit, growing
from simulation import calibrate, power
from simulation.families import (
    FAMILIES,
    KNOWN,
    LONGEST,
    MINUTES,
    TEETH,
    collector,
    lasting,
    load,
    noise,
    step,
)
from simulation.night import night

HERE = Path(__file__).parent
SEED = 11  # of no run that made the critical values


def test_a_harmless_day_raises_no_alarm(tmp_path):
    found = night(tmp_path / "ledger", "all", SEED, 0)
    assert found.broken == []
    assert found.judged.word.value in {"PASS", "HOLD"}
    assert found.roomy.word.value == "PASS"


def test_a_leaking_day_fails(tmp_path):
    found = night(tmp_path / "ledger", "ar .5", SEED, 1, leak=0.5)
    each_minute = night(tmp_path / "again", "ar .5", SEED, 1, leak=0.5, every=1)
    assert each_minute.findings == found.findings
    assert found.judged.by_name["rss"].word.value == "FAIL"
    assert [f.facts["budget"] for f in found.findings if f.kind == "growing"] == ["rss"]
    assert all(what.split(":")[0] in {"growing", "rss"} for what in found.broken)


@pytest.mark.parametrize("family", FAMILIES)
def test_harmless_days_of_each_family_are_told_from_leaking_ones(family):
    """The end of the day alone; all looks, and more days, are what the nightly commands are for."""
    for day in range(6):
        harmless = Limit(calibrate.harmless(family, SEED, day), 1.0, power.SOAK)
        assert growing(harmless) is None
        leaking = Limit(calibrate.harmless(family, SEED, day, leak=1.0), 1.0, power.SOAK)
        assert growing(leaking) is not None


def test_the_critical_values_are_of_a_simulation_that_is_large_enough():
    known = critical()
    assert known.days >= 2000
    for values in (*known.during.values(), *known.whole.values()):
        assert all(3 <= value < 12 for value in values.values())


def test_the_tail_of_normal_noise_is_followed_to_its_end():
    """Where the law is known: one in a million of normal values is above 4.75."""
    worst = np.random.default_rng(1).standard_normal(4000)
    assert calibrate.reached(worst, len(worst), 1e-6) == pytest.approx(4.75, rel=0.08)
    assert calibrate.reached([], 4000, 1e-6) == 0


def test_families_are_what_they_say():
    random = np.random.default_rng(2)
    under = load(random)
    assert under.rates[under.quiet].max() == 0
    assert len(noise("all", random, under)) == MINUTES
    for share in (0.0, 0.5, 0.95):
        several = np.concatenate([lasting(share, random) for _ in range(20)])
        assert several.std() == pytest.approx(1, rel=0.1)
        assert np.corrcoef(several[1:], several[:-1])[0, 1] == pytest.approx(share, abs=0.05)
    teeth = collector(random, under)
    assert -0.01 <= teeth.min() < teeth.max() <= TEETH
    assert np.diff(np.flatnonzero(np.diff(teeth) < -TEETH / 2)).max() <= LONGEST + 1
    assert len(np.unique(step(random, under))) <= 2


def test_days_are_always_the_same_and_never_alike():
    first, again = (calibrate.harmless("ar .8", SEED, 3).values for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, calibrate.harmless("ar .8", SEED, 4).values)


def test_the_nightly_command_goes_on_where_it_was(tmp_path):
    known = [
        {
            "family": f,
            "seed": 7,
            "day": 0,
            "word": "PASS",
            "roomy": "PASS",
            "broken": [],
            "suspects": 0,
            "seconds": 1.0,
        }
        for f in FAMILIES[1:]
    ]
    out = tmp_path / "nights.jsonl"
    out.write_text("".join(f"{json.dumps(one)}\n" for one in known))
    command = [sys.executable, HERE / "nights.py", "--days", str(len(FAMILIES)), "--out", out]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{len(FAMILIES)} days, {len(FAMILIES) - 1} of them known" in done.stdout
    assert f"0 false alarms in {len(FAMILIES)} days of 5 series each" in done.stdout
    assert len(out.read_text().splitlines()) == len(FAMILIES)


def test_the_table_says_how_many_were_found_and_when():
    cells = {(family, leak): [8.0, 10.0, math.inf, 12.0] for family in KNOWN for leak in power.LEAKS}
    cells["white", 0.05] = [math.inf] * 4
    lines = power.table(cells, 4).splitlines()
    assert lines[0].startswith("4 days each")
    assert lines[4].startswith("| white | 0 % | 75 %, 10 h |")
