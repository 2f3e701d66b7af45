"""Environments of GAIA_GO under load: what happens to one is not felt in another."""

from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from proveout import verifies
from proveout.access.answer import Unknowable, Wrong
from proveout.access.latency import asked_steadily, shown

pytestmark = [pytest.mark.load, pytest.mark.reads, pytest.mark.exclusive]

SHARE = 0.95
EVERY = 0.03  # seconds
LONGEST = 15.0  # seconds of one look at prod
BUSY = 0.85  # the share of this machine's processors beyond which whoever measures here waits, too
PROFILE = "rehearsal"


@verifies("GAIA-ISO-LOAD")
def test_load_on_its_neighbour_does_not_slow_prod_down(gaia_environments, load, figures):
    bystander, neighbour, prod = gaia_environments.values()
    profile = load.profile(PROFILE)
    lasting = min((profile.duration - (profile.warm_up or 0.0)) / 2, LONGEST)
    before = asked(lasting, prod, bystander)
    with load.beside(neighbour, PROFILE):
        psutil.cpu_percent()
        meanwhile = asked(lasting, prod, bystander)
        busy = psutil.cpu_percent() / 100
    after = asked(lasting, prod, bystander)
    phases = {"before": before, "meanwhile": meanwhile, "after": after}
    for name, waited in phases.items():
        figures[name] = {
            who: each.quantile(SHARE) for who, each in zip(("prod", "bystander"), waited, strict=True)
        }
    figures["busy"] = busy
    assert undisturbed(prod.environment, *zip(before, meanwhile, after, strict=True), busy)


def asked(lasting, *gaias):
    """Ask each for its health so many seconds, all at the same time; return how long that took."""

    def ask(gaia):
        at_once = gaia.environment.budgets.concurrency - 1
        return asked_steadily(gaia.health, times=round(lasting / EVERY), every=EVERY, at_once=at_once)

    with ThreadPoolExecutor(len(gaias)) as pool:
        return tuple(pool.map(ask, gaias))


def undisturbed(environment, prod, bystander, busy):
    """Return True if prod was as quick as before; Wrong: it was not; Unknowable: nobody knows.

    Who was not under load either and became slow as well shares the machine, whatever else they share.
    """
    before, meanwhile, after = (waited.bounds(SHARE) for waited in prod)
    slower = Slower(environment)
    if slower.never(before, meanwhile):
        return True
    said = (
        f"p95 of prod was {shown(meanwhile.lower)} to {shown(meanwhile.upper)} while its neighbour was under "
        f"load, {shown(before.lower)} to {shown(before.upper)} before"
    )
    if not slower.surely(before, meanwhile):
        raise Unknowable(f"{said}: too close to tell; run it again, with nothing else on this machine")
    if slower.surely(before, after):
        raise Unknowable(f"{said}, and {shown(after.lower)} or more afterwards: something else slows it")
    beside_before, beside_meanwhile, _ = (waited.bounds(SHARE) for waited in bystander)
    if busy >= BUSY and not slower.never(beside_before, beside_meanwhile):
        raise Unknowable(
            f"{said}; but this machine, which generates the load and measures, was {busy:.0%} busy, and who "
            f"had no part in it took {shown(beside_meanwhile.lower)} to {shown(beside_meanwhile.upper)}: "
            "run it where the environments and the load have machines of their own"
        )
    raise Wrong(said)


class Slower:
    """What the definition says is slower than before."""

    def __init__(self, environment):
        if environment.isolation is None:
            raise Unknowable(f"{environment.id} does not say how much slower it may become: [isolation]")
        self.isolation = environment.isolation

    def surely(self, before, now):
        """Return whether it is slower, with the least that is known of it and the most of before."""
        return now.lower > self._allowed(before.upper)

    def never(self, before, now):
        """Return whether it is not, with the most that is known of it and the least of before."""
        return now.upper <= self._allowed(before.lower)

    def _allowed(self, before):
        return max(self.isolation.slower * before, self.isolation.quick)
