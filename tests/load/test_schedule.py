import pytest
from hypothesis import given
from hypothesis import strategies as st

from proveout.load.schedule import Schedule, attend


class Clock:
    """Time that passes only by pausing, or by an arrival that takes its time."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def pause(self, seconds):
        assert seconds >= 0
        self.now += seconds


def attendance(schedule, stalls=None):
    clock, arrivals = Clock(), []

    def arrive(number, due):
        arrivals.append((number, due, clock.now))
        clock.now += (stalls or {}).get(number, 0)

    attend(schedule, 100.0, clock=clock, pause=clock.pause, arrive=arrive)
    return arrivals


@given(st.floats(0.1, 200), st.floats(0.1, 10))
def test_every_visit_is_due_at_its_own_time(rate, duration):
    schedule = Schedule(rate, duration)
    arrivals = attendance(schedule)
    assert len(arrivals) == schedule.visits == max(1, round(rate * duration))
    for number, due, seen in arrivals:
        assert due == 100 + number / rate
        assert seen == pytest.approx(due)


def test_a_stall_moves_no_later_visit():
    arrivals = attendance(Schedule(10, 1), stalls={2: 0.35})
    assert [round(due - 100, 6) for _, due, _ in arrivals] == [n / 10 for n in range(10)]
    late = [round(seen - due, 6) for _, due, seen in arrivals]
    assert late == [0, 0, 0, 0.25, 0.15, 0.05, 0, 0, 0, 0]


def test_a_schedule_has_at_least_one_visit():
    assert Schedule(0.1, 1).visits == 1
