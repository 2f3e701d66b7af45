"""More users than can be borne: they wait or are sent away, nobody sees anything break."""

import pytest

from proveout import serves
from proveout.access.answer import Unknowable
from proveout.load.knee import REFUSALS, knee

pytestmark = [pytest.mark.load, pytest.mark.reads, pytest.mark.exclusive]

PROFILE = "stress"
ORDINARY = "baseline"  # its budgets say which wait is too long


@serves("CC-TEST-PERF")
def test_beyond_its_limits_ceesar_refuses_and_does_not_break(ceesar, load, figures):
    loaded = load(ceesar, PROFILE, in_time=False)
    found = knee_of(loaded, load.mix(ceesar, ORDINARY))
    figures.update(loaded.figures(), knee=str(found), borne=found.borne, beyond=found.beyond)
    assert broken(loaded) == {}, "answers that no crowd explains"
    assert ceesar.health().answer.status == 200
    assert lives_on(loaded)
    assert is_far_enough(loaded, found)


@serves("GAIA-STG-LOADTEST")
def test_beyond_its_limits_gaia_refuses_and_does_not_break(gaia, load, figures):
    loaded = load(gaia, PROFILE, in_time=False)
    found = knee_of(loaded, load.mix(gaia, ORDINARY))
    figures.update(loaded.figures(), knee=str(found), borne=found.borne, beyond=found.beyond)
    assert broken(loaded) == {}, "answers that no crowd explains"
    assert gaia.health().answer.status == 200
    assert lives_on(loaded)
    assert is_far_enough(loaded, found)


def knee_of(loaded, ordinary):
    """Return the rate of visits beyond which users wait longer than ordinarily or are sent away."""
    asked = ordinary.requests.items()
    return knee(loaded.ledger.slots, {call: time.p99 for call, time in asked if time.p99 is not None})


def broken(loaded):
    """Return how many answers had a status that says that something broke."""
    return {
        status: count
        for status, count in loaded.statuses.items()
        if status.startswith("5") and status not in REFUSALS
    }


def lives_on(loaded):
    """Return whether the processes that serve are those that served when it began, as far as can be seen."""
    return len({moment.listeners for moment in loaded.usage}) <= 1


def is_far_enough(loaded, found):
    """Return True if the crowd was as large as the profile wants it, or larger than can be borne.

    As large is the rate of its last step, and as well the number of visits under way beyond which it lets
    nobody in: a machine that is busy with such a crowd need not begin every visit of it in time.
    """
    if found.late is not None and not any(slot.dropped for slot in loaded.ledger.slots):
        raise Unknowable(f"{found}: let it come from a machine of its own, or --load-workers=2")
    return True
