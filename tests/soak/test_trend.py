import numpy as np
import pytest

from proveout.soak.series import Series
from proveout.soak.trend import trend

HOURS = np.arange(1440) / 60
QUIET = np.arange(1440) % 60 >= 57


def series(values, hours=HOURS):
    size = len(hours)
    load = np.where(QUIET[:size], 0.0, 8.0)
    return Series("rss", hours, values, load, np.zeros(size, dtype=np.int64), QUIET[:size])


def noise(seed):
    return np.random.default_rng(seed).standard_normal(1440)


@pytest.mark.parametrize("seed", range(5))
def test_noise_has_no_trend(seed):
    assert abs(trend(series(noise(seed)), 24)) < 4


def test_a_leak_has_a_trend_and_a_step_looks_a_little_like_one():
    assert trend(series(noise(1) + 0.1 * HOURS), 24) > 6
    assert trend(series(noise(1) - 0.1 * HOURS), 24) < -6
    assert 1 < trend(series(noise(1) + 10 * (HOURS > 12)), 24) < 6


def test_what_lasts_is_taken_for_less():
    lasting = [0.0]
    for fresh in noise(2)[1:]:
        lasting.append(0.95 * lasting[-1] + fresh * np.sqrt(1 - 0.95**2))
    leaking = np.array(lasting) + 0.1 * HOURS
    assert trend(series(leaking), 24) < trend(series(noise(2) + 0.1 * HOURS), 24)


def test_a_few_quarters_of_an_hour_say_nothing():
    assert trend(series(noise(1)[:160], HOURS[:160]), 24) is None
    assert trend(series(np.full(1440, 5.0)), 24) == 0
