import statistics
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proveout.load.profile import Idle, Limits, Mix, Part, Phase, Profile
from proveout.load.schedule import Schedule

MIX = {"gaia": Mix(journeys=(Part(journey="operator", share=1),), limits=Limits(error_share=0.01))}
LONG = 240


def schedule(arrivals="poisson", *, rate=5.0, swing=3.0, seed=1, idle=None):
    phase = Phase(lasts=f"{LONG}s", rate=rate, swing=swing, period="300s")
    return Schedule(
        Profile(
            says="a test", arrivals=arrivals, seed=seed, phases=(phase,), idle=idle, system=MIX, name="test"
        )
    )


KINDS = pytest.mark.parametrize("arrivals", ["poisson", "regular"])
CUTS = st.lists(st.floats(0, LONG), max_size=5)


@KINDS
@given(cuts=CUTS)
@settings(deadline=None, max_examples=40)
def test_segments_have_the_arrivals_of_one_without_a_cut(arrivals, cuts):
    whole = list(schedule(arrivals).between(0, LONG))
    places = [0.0, *sorted(cuts), LONG]
    parts = [list(schedule(arrivals).between(begin, end)) for begin, end in pairwise(places)]
    assert [arrival for part in parts for arrival in part] == whole


@KINDS
@given(workers=st.integers(1, 7))
@settings(deadline=None, max_examples=40)
def test_workers_share_all_arrivals_and_none_twice(arrivals, workers):
    found = schedule(arrivals)
    shares = [list(found.between(0, LONG, worker=i, workers=workers)) for i in range(workers)]
    assert sorted(arrival for share in shares for arrival in share) == list(found.between(0, LONG))
    assert min(map(len, shares)) > 0.8 * max(map(len, shares))


@KINDS
def test_arrivals_come_in_order_within_their_time_and_never_in_a_pause(arrivals):
    found = list(schedule(arrivals, idle=Idle(every="50s", lasts="10s")).between(30, 210))
    dues = [due for _, due in found]
    assert dues == sorted(dues)
    assert all(30 <= due < 210 and due % 50 < 40 + 1e-6 for due in dues)
    assert len({number for number, _ in found}) == len(found)


def test_regular_arrivals_are_evenly_apart():
    found = list(schedule("regular", rate=8, swing=0).between(0, LONG))
    assert len(found) == 8 * LONG
    assert all(due == pytest.approx(number / 8, abs=1e-6) for number, due in found)


def test_the_arrivals_of_a_poisson_process_are_as_many_as_the_rate_says_and_vary_like_one():
    counts = [len(list(schedule(seed=seed).between(0, 60))) for seed in range(300)]
    expected = schedule().rate.total(60)
    assert statistics.mean(counts) == pytest.approx(expected, rel=0.05)
    assert statistics.variance(counts) == pytest.approx(expected, rel=0.3)


def test_other_seeds_have_other_arrivals():
    assert list(schedule(seed=1).between(0, 60)) != list(schedule(seed=2).between(0, 60))
    assert list(schedule(seed=1).between(0, 60)) == list(schedule(seed=1).between(0, 60))
