"""How a soak stands at the moment."""

import json
import math
from dataclasses import replace

import pytest

from machinery import ledgers
from proveout.load.reading import read
from proveout.soak.standing import standing


@pytest.fixture(scope="module")
def half(tmp_path_factory):
    """Half of a rehearsal, in which a third of the requests of the last half minute failed."""
    day = replace(ledgers.REHEARSAL, until=150.0, failing=(125.0, 150.0), slow_from=125.0)
    return standing(read(ledgers.write(tmp_path_factory.mktemp("soaks") / "day", day)))


def test_half_of_it_is_measured(half):
    assert (half.valid, half.duration, half.share, half.complete) == (150.0, 300.0, 0.5, False)


def test_the_rate_is_that_of_the_last_minutes(half):
    assert half.rate == pytest.approx(half.requests / 150.0)


def test_the_error_budget_is_that_of_the_whole(half):
    assert half.failed > 0
    # A thousandth of the requests may fail, and twice as many are to come.
    assert half.burnt == pytest.approx(half.failed / (0.001 * 2 * half.requests), rel=0.1)


def test_the_worst_request_is_the_one_that_is_nearest_to_its_budget_or_beyond(half):
    assert half.worst is not None
    assert math.isinf(half.worst.p99)
    assert not half.worst.within
    assert f"p99 {half.worst.name} never of " in half.text


def test_its_facts_are_json_without_infinity(half):
    facts = json.loads(json.dumps(half.facts(), allow_nan=False))
    assert facts["names"][0]["p99"] is None
    assert facts["share"] == 0.5


def test_what_was_only_begun_stands_at_nothing(tmp_path):
    folder = ledgers.write(tmp_path / "day", ledgers.REHEARSAL)
    for path in (folder / "windows").glob("*.jsonl"):
        path.unlink()
    stands = standing(read(folder))
    assert (stands.valid, stands.rate, stands.burnt, stands.worst) == (0.0, 0.0, 0.0, None)
    assert stands.text == "0 s of 5 min measured, 0 requests/s, 0 of 0 failed, 0 % of the budget"
