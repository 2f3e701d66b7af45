"""How many runs of a drill are there at once: those that generate load do not stand in each other's way."""

import threading
import time
from collections import Counter

import pytest

from proveout.drill.drill import SOAKS, Range
from proveout.drill.fault import Drill, Fault


class Watched(Range):
    """A range whose runs only note how many of them there are at the same time."""

    def run(self, _system, _drill, fault, environment):
        kind = fault.tiers if fault else "control"
        with self.nursery.lock:
            self.nursery.there[kind] += 1
            self.nursery.most[kind] = max(self.nursery.most[kind], sum(self.nursery.there.values()))
        time.sleep(0.02)  # the others have their turn meanwhile
        with self.nursery.lock:
            self.nursery.there[kind] -= 1
        return fault.id if fault else f"control-{environment}"


class Notes:
    def __init__(self):
        self.lock, self.there, self.most = threading.Lock(), Counter(), Counter()


@pytest.mark.parametrize("jobs", [1, 2, 6])
def test_soaks_are_few_at_once_and_loads_alone(tmp_path, jobs):
    kinds = ["smoke", "load", "soak"] * 6
    faults = tuple(
        Fault(id=f"f-{n}", environment="one", breaks=(), tiers=kind) for n, kind in enumerate(kinds)
    )
    notes = Notes()
    place = Watched(tmp_path, tmp_path, tmp_path, nursery=notes)
    drill = Drill(system="demo", tiers="smoke", faults=faults)
    found = list(place.runs(None, drill, ["one"], jobs=jobs, only=lambda _: True))
    assert sorted(found) == sorted(["control-one", *(fault.id for fault in faults)])
    assert notes.most["load"] == 1
    assert notes.most["soak"] == min(jobs, SOAKS)
    assert notes.most["smoke"] <= jobs
