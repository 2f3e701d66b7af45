"""Latency counts from when a question was due, however long the others take."""

import threading
import time

import pytest

from proveout.access.answer import Unknowable, Wrong
from proveout.access.latency import asked_steadily, keeps, shown
from proveout.load.histogram import Histogram


def sample(*, quick=0, slow=0, failed=0):
    found = Histogram()
    for _ in range(quick):
        found.add(0.01)
    for _ in range(slow):
        found.add(2.0)
    for _ in range(failed):
        found.fail()
    return found


def test_every_question_is_asked_once():
    asked = []
    waited = asked_steadily(lambda: asked.append(1), times=50, every=0.002, at_once=5)
    assert len(asked) == waited.count == 50
    assert waited.failed == 0


def test_a_server_that_stands_still_is_felt_by_all_who_were_due_meanwhile():
    first = threading.Event()

    def ask():
        if not first.is_set():
            first.set()
            time.sleep(0.5)

    waited = asked_steadily(ask, times=50, every=0.01, at_once=1)
    # One that paced itself by the answers would have seen a single slow one, 2 % of all.
    assert waited.quantile(0.5) > 0.1


def test_those_who_need_not_wait_are_not_kept_by_one_who_does():
    first = threading.Event()

    def ask():
        if not first.is_set():
            first.set()
            time.sleep(1.0)

    waited = asked_steadily(ask, times=20, every=0.01, at_once=20)
    assert waited.above(0.9) < 10


def test_a_wrong_answer_is_none_at_all():
    def ask():
        raise Wrong("it answered 503")

    waited = asked_steadily(ask, times=5, every=0.001, at_once=2)
    assert (waited.failed, waited.quantile(0.5)) == (5, float("inf"))


def test_a_mistake_of_ours_is_no_answer_of_theirs():
    with pytest.raises(ZeroDivisionError):
        asked_steadily(lambda: 1 / 0, times=2, every=0.001, at_once=2)


def test_a_sample_that_proves_it_is_kept():
    assert keeps(sample(quick=300), 0.99, 1.0, what="GET /health")


def test_a_sample_that_proves_the_contrary_is_wrong():
    with pytest.raises(Wrong, match=r"GET /health: p99 is at least 2.0\d* s .*the budget is 1.00 s"):
        keeps(sample(quick=280, slow=20), 0.99, 1.0, what="GET /health")


def test_failures_are_named_and_count_as_never_answered():
    with pytest.raises(Wrong, match=r"at least no end .*20 of them in vain"):
        keeps(sample(quick=280, failed=20), 0.99, 1.0, what="GET /health")


@pytest.mark.parametrize("found", [sample(quick=298), sample(quick=400, slow=3), Histogram()])
def test_a_sample_that_proves_neither_is_nobodys_fault(found):
    with pytest.raises(Unknowable, match="run it again, or longer"):
        keeps(found, 0.99, 1.0, what="GET /health")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0123, "12.3 ms"), (1.5, "1.50 s"), (float("inf"), "no end")]
)
def test_times_are_written_as_people_read_them(seconds, text):
    assert shown(seconds) == text
