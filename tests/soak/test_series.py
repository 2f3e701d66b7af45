from dataclasses import replace

import numpy as np
import pytest

from machinery import ledgers
from machinery.ledgers import REHEARSAL
from proveout.load.reading import read
from proveout.soak.series import NAMES, all_series, series


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    return read(ledgers.write(tmp_path_factory.mktemp("series") / "one", REHEARSAL))


def changed(ledger, change):
    return replace(
        ledger, samples=tuple(s.model_copy(update=change(n, s)) for n, s in enumerate(ledger.samples))
    )


def test_each_value_stands_beside_its_hour_and_its_load(ledger):
    found = series(ledger, "rss")
    assert len(found.values) == len(found.hours) == len(found.load) == len(found.quiet) == len(found.stratum)
    assert np.all(np.diff(found.hours) == pytest.approx(5 / 3600))
    assert found.load[found.quiet].max() == 0
    assert 12 < found.load[~found.quiet].mean() < 28
    assert found.unit == "B"


def test_the_warm_up_of_each_process_is_left_out(ledger):
    assert ledger.warm == 30
    assert series(ledger, "rss").hours.min() == pytest.approx(30 / 3600)
    restarted = changed(ledger, lambda n, s: {"pid": 2, "started": s.started + 500} if n >= 30 else {})
    found = series(restarted, "rss")
    assert found.strata == [0, 1]
    assert found.of(1).hours.min() == pytest.approx(180 / 3600)
    assert len(found.of(0).values) + len(found.of(1).values) == len(found.values) == 48


def test_a_sample_between_segments_is_under_no_load_and_in_no_pause(ledger):
    apart = replace(ledger, slots=ledger.slots[:20])
    found = series(apart, "rss")
    assert found.load[-1] == 0
    assert not found.quiet[-1]


def test_the_disk_holds_the_database_and_the_log(ledger):
    first = next(s for s in ledger.samples if s.at >= ledger.begun + 30)
    assert series(ledger, "disk").values[0] == first.database + first.log
    without = changed(ledger, lambda _n, _s: {"log": None})
    assert series(without, "disk").values[0] == first.database


def test_what_was_not_seen_is_left_out_and_says_why(ledger):
    some = changed(ledger, lambda n, _s: {"threads": None} if n % 2 else {})
    assert len(series(some, "threads").values) == 27
    none = changed(ledger, lambda _n, _s: {"threads": None, "unknown": {"threads": "no machine access"}})
    assert series(none, "threads").unknown == "no machine access"
    assert not len(series(none, "threads").values)
    early = replace(ledger, samples=ledger.samples[:3])
    assert series(early, "rss").unknown == "all samples are of the warm-up"
    assert series(replace(ledger, samples=()), "rss").unknown == "the target was never sampled"


def test_what_is_written_is_seen_against_the_hours_and_against_what_was_done(ledger):
    slots = [replace(slot, offered=0 if n < 30 else 200) for n, slot in enumerate(ledger.slots)]
    worked = changed(replace(ledger, slots=tuple(slots)), lambda n, _s: {"log": 1000 * max(n - 30, 0)})
    by_hours, by_work = series(worked, "log").clocks
    grown = np.polyfit(by_work.hours, by_work.values, 1)
    assert np.polyval(grown, by_work.hours) == pytest.approx(by_work.values, abs=1500)
    assert np.all(np.diff(by_hours.hours) == pytest.approx(5 / 3600))
    assert len(series(worked, "rss").clocks) == 1


def test_all_series_are_joined_at_once(ledger):
    found = all_series(ledger)
    assert set(found) == set(NAMES)
    assert all(np.array_equal(found[name].values, series(ledger, name).values) for name in NAMES)


def test_what_the_load_of_the_moment_takes_is_taken_away(ledger):
    found = series(ledger, "rss")
    needy = replace(found, values=found.load * 1e6 + 5e8 + found.hours * 1e9)
    relieved = needy.relieved(12.5 / 3600)
    assert np.polyfit(relieved.hours, relieved.values, 1)[0] == pytest.approx(1e9, rel=0.2)
    assert np.ptp(relieved.values - relieved.hours * 1e9) < 0.2 * np.ptp(needy.values - needy.hours * 1e9)
    idle = replace(found, load=np.zeros(len(found.load)))
    assert np.array_equal(idle.relieved(0.01).values, idle.values)
