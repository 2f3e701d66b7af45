import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from proveout.model.environment import Budgets
from proveout.safety.guard import Guard, Refused

HERE = ("https", "prod.example.com", 443)


@pytest.fixture
def guard_of(policy_of):
    return lambda **budgets: Guard(policy_of(), Budgets(**budgets))


def ask(guard, method="GET", path="/"):
    return guard.passage(method, *HERE, path)


def test_requests_are_counted_until_the_budget_is_used_up(guard_of):
    guard = guard_of(requests=3)
    for _ in range(3):
        with ask(guard):
            pass
    with pytest.raises(Refused, match="budget of 3 requests is used up"), ask(guard):
        pass
    assert guard.requests == 3


def test_no_more_requests_are_in_flight_than_the_budget_allows(guard_of):
    guard = guard_of(concurrency=2)
    with ask(guard), ask(guard), pytest.raises(Refused, match="2 requests are in flight"), ask(guard):
        pass
    assert guard.in_flight == 0
    with ask(guard):
        assert guard.in_flight == 1


def test_a_request_that_fails_is_no_longer_in_flight(guard_of):
    guard = guard_of(concurrency=1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), ask(guard):
            raise ZeroDivisionError
    assert (guard.in_flight, guard.requests, guard.refusals) == (0, 2, [])


def test_a_refusal_is_remembered_and_costs_nothing(guard_of):
    guard = guard_of()
    for path in ("/a", "/b"):
        with pytest.raises(Refused, match=path), ask(guard, "DELETE", path):
            pass
    assert [refusal.split()[1] for refusal in guard.refusals] == ["/a", "/b"]
    assert guard.requests == guard.in_flight == 0


def test_a_check_acts_with_its_own_effect_for_its_own_time(guard_of):
    guard = guard_of()
    with guard.acting_as("disrupts"):
        with pytest.raises(Refused, match="a check that disrupts"), ask(guard):
            pass
        with guard.acting_as("reads"), ask(guard):
            pass
        assert guard.effect == "disrupts"
    with pytest.raises(ZeroDivisionError), guard.acting_as("writes"):
        raise ZeroDivisionError
    assert guard.effect == "reads"


def test_threads_together_stay_within_the_budget(guard_of):
    guard = guard_of(requests=100, concurrency=4)
    most = 0
    lock = threading.Lock()

    def often(_):
        nonlocal most
        passed = 0
        for _ in range(100):
            try:
                with ask(guard):
                    passed += 1
                    with lock:
                        most = max(most, guard.in_flight)
            except Refused:
                continue
        return passed

    with ThreadPoolExecutor(8) as pool:
        passed = sum(pool.map(often, range(8)))
    assert passed == guard.requests == 100
    assert len(guard.refusals) == 700
    assert most <= 4
    assert guard.in_flight == 0
