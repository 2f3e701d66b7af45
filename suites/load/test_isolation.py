"""Environments of GAIA_GO under load: what happens to one is not felt in another."""

import psutil
import pytest

from proveout import verifies
from proveout.access.answer import Unknowable, Wrong
from proveout.access.latency import asked_steadily, shown

pytestmark = [pytest.mark.load, pytest.mark.reads, pytest.mark.exclusive]

SHARE = 0.95
EVERY = 0.02  # seconds
LONGEST = 15.0  # seconds of one look at prod
BUSY = 0.85  # the share of this machine's processors beyond which whoever measures here waits, too
PROFILE = "rehearsal"


@verifies("GAIA-ISO-LOAD")
def test_load_on_its_neighbour_does_not_slow_prod_down(gaia_environments, load, figures):
    *_, neighbour, prod = gaia_environments.values()
    profile = load.profile(PROFILE)
    lasting = min((profile.duration - (profile.warm_up or 0.0)) / 2, LONGEST)
    before = asked(prod, lasting)
    with load.beside(neighbour, PROFILE):
        psutil.cpu_percent()
        meanwhile = asked(prod, lasting)
        busy = psutil.cpu_percent() / 100
    after = asked(prod, lasting)
    p95 = {"before": before, "meanwhile": meanwhile, "after": after}
    figures.update({name: waited.quantile(SHARE) for name, waited in p95.items()}, busy=busy)
    assert undisturbed(prod, before, meanwhile, after, busy)


def asked(gaia, lasting):
    """Ask for the health so many seconds, and return how long that took each time."""
    at_once = gaia.environment.budgets.concurrency - 1
    return asked_steadily(gaia.health, times=round(lasting / EVERY), every=EVERY, at_once=at_once)


def undisturbed(prod, before, meanwhile, after, busy):
    """Return True if prod was as quick as before; Wrong: it was not; Unknowable: nobody knows."""
    was, bounds, then = (waited.bounds(SHARE) for waited in (before, meanwhile, after))
    if bounds.upper <= allowed(prod, was.lower):
        return True
    said = (
        f"p95 of prod was {shown(bounds.lower)} to {shown(bounds.upper)} while its neighbour was under load, "
        f"{shown(was.lower)} to {shown(was.upper)} before"
    )
    if busy >= BUSY:
        raise Unknowable(
            f"{said}; but this machine, which generates the load and measures, was {busy:.0%} busy: "
            "run it where the environments and the load have machines of their own"
        )
    if bounds.lower <= allowed(prod, was.upper):
        raise Unknowable(
            f"{said}: that is too close to tell; run it again, with nothing else on this machine"
        )
    if then.lower > allowed(prod, was.upper):
        raise Unknowable(
            f"{said}, and {shown(then.lower)} or more when the load was over: something else slows it"
        )
    raise Wrong(said)


def allowed(prod, baseline):
    """Return the seconds that may be answered in, with this baseline."""
    isolation = prod.environment.isolation
    if isolation is None:
        raise Unknowable(
            f"{prod.environment.id} does not say how much slower it may become: [isolation] slower"
        )
    return max(isolation.slower * baseline, isolation.quick)
