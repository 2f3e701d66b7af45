"""Waivers of a failing claim of dev: given, ended, and made up."""

from functools import partial

from machinery import made_up
from machinery.gatekeeping import Gatekeeping
from proveout.gates.endings import EndOfWaiver, of_record
from proveout.gates.waivers import waive

EDGE = "dev-staging"
CLAIM = "GAIA-METRICS-PROMFMT"
ANOTHER = "GAIA-DEV-FEATURES"
IDENTITY = "GAIA-HEALTH-DEV"
RULE = "GAIA-BP-DEV-FIRST"
DAY = 86400.0
put = partial(made_up.put, hours=1.0)


def failing(folder, claim=CLAIM, **options):
    keeping = Gatekeeping(folder / "gaia", "gaia", **options)
    keeping.ready(EDGE)
    if claim:
        keeping.run("dev", failed=(claim,), ended=keeping.ago(hours=2))
    return keeping


def set_aside(keeping, claim=CLAIM, *, where="dev", hours=1.0, **changes):
    usual = {"owner": "Ann Smith", "issue": "#17", "span": 10 * DAY}
    usual |= {"reason": "the scraper reads the old format as well"}
    system = keeping.catalogue.systems["gaia"]
    environment = keeping.catalogue.environments[f"gaia/{where}"]
    return waive(system, environment, claim, keeping.ledger(keeping.ago(hours=hours)), **usual | changes)


def end(keeping, name, *, hours=0.5):
    def made(records, given):
        reason = "mended in the newest build"
        return of_record(EndOfWaiver, records, "gaia", name, given=given, by="Ann Smith", reason=reason)

    return keeping.ledger(keeping.ago(hours=hours)).add(made)
