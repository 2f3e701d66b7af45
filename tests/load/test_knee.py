"""Where a target begins to answer too late, or to refuse."""

from proveout.load.knee import Knee, knee
from proveout.load.ledger import Asked, Slot

BUDGETS = {"GET /health": 1.0}


def slot(rate, *, p99=0.01, seconds=5.0, idle=False, **changes):
    due = round(rate * seconds)
    counts = {"due": due, "offered": due, "dropped": 0, "broken": 0, "requests": due, "failed": 0} | changes
    statuses = counts.pop("statuses", {"200": due})
    names = {"GET /health": Asked(due, 0, p99 / 2, p99, p99)} if due else {}
    return Slot(1, 0.0, 0.0, seconds, **counts, statuses=statuses, idle=idle, cpu=0.1, lag=0.0, names=names)


def test_what_is_borne_at_every_rate_has_no_knee():
    found = knee([slot(10), slot(20), slot(40)], BUDGETS)
    assert found == Knee(40.0)
    assert str(found) == "no knee up to 40/s"


def test_the_knee_is_where_answers_come_too_late():
    found = knee([slot(10), slot(20), slot(40, p99=1.5), slot(40, p99=3.0)], BUDGETS)
    assert (found.borne, found.beyond) == (20.0, 40.0)
    assert str(found) == "20/s are borne; at 40/s p99 of GET /health is 1500 ms, its budget 1000 ms"


def test_the_knee_is_where_refusals_begin():
    refusing = slot(40, statuses={"200": 190, "503": 10})
    found = knee([slot(10), refusing, refusing, slot(10)], BUDGETS)
    assert (found.borne, found.beyond) == (10.0, 40.0)
    assert found.why == "10 of 200 requests were refused"


def test_the_knee_is_where_users_find_too_many_before_them():
    assert knee([slot(10), slot(40, dropped=9), slot(40, dropped=9)], BUDGETS).beyond == 40.0


def test_a_single_hiccup_is_no_knee():
    assert knee([slot(10), slot(20, p99=2.0), slot(20), slot(40)], BUDGETS) == Knee(40.0)


def test_a_knee_in_the_last_moment_is_one():
    assert knee([slot(10), slot(20), slot(40, p99=2.0)], BUDGETS).beyond == 40.0


def test_nothing_that_came_after_the_knee_is_borne():
    late = slot(40, p99=2.0)
    assert knee([slot(10), late, late, slot(20), slot(80)], BUDGETS).borne == 10.0


def test_a_step_is_not_borne_in_which_the_queue_only_began_to_grow():
    found = knee([slot(10), slot(40), slot(82), slot(80, p99=2.0), slot(79, p99=3.0)], BUDGETS)
    assert (found.borne, found.beyond) == (40.0, 80.0)


def test_pauses_and_other_names_say_nothing():
    silent = slot(0, idle=True)
    assert knee([silent, slot(10), silent], {"GET /elsewhere": 0.001}) == Knee(10.0)


def test_a_rate_that_was_not_offered_is_nobodys_knee():
    slow = slot(80, offered=300)
    found = knee([slot(10), slot(40), slow, slot(80, p99=9.0)], BUDGETS)
    assert (found.borne, found.beyond, found.late) == (40.0, None, 80.0)
    assert str(found) == "no knee up to 40/s; the load generator was too slow for 80/s"


def test_who_found_no_room_was_offered():
    assert knee([slot(10), slot(80, offered=200, dropped=200)] * 2, BUDGETS).late is None


def test_nothing_offered_has_no_knee():
    assert knee([], BUDGETS) == Knee(0.0)
