"""A target that stands still for a while is not asked less meanwhile, and what users waited is not lost."""

import pytest

from machinery.freezing import frozen

RATE, SECONDS, AT, LASTING = 50, 12, 3, 2.0


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return frozen(
        tmp_path_factory.mktemp("frozen"), rate=RATE, seconds=SECONDS, frozen_at=AT, frozen_for=LASTING
    )


def test_the_99th_percentile_is_the_one_that_was_seen_at_the_target(found):
    assert found.left.sum("requests") == len(found.seen) == RATE * SECONDS
    assert found.truth > 0.5 * LASTING
    assert found.said == pytest.approx(found.truth, rel=0.05)


def test_the_rate_goes_on_through_it_and_afterwards_as_before(found):
    assert found.left.sum("offered") == RATE * SECONDS
    assert found.rate(AT, AT + LASTING) == pytest.approx(RATE, rel=0.1)
    assert found.rate(AT + 2 * LASTING, SECONDS) == pytest.approx(RATE, rel=0.05)


def test_afterwards_arrivals_are_no_more_bunched_than_before(found):
    before, after = found.dispersion(0.5, AT), found.dispersion(AT + 2 * LASTING, SECONDS)
    # Chance has 1; users who pace themselves from their last answer had 18.
    assert after < max(2 * before, 2)
