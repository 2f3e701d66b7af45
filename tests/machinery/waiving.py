"""Waivers of a failing claim of dev: given, ended, and made up."""

import json

from machinery.gatekeeping import Gatekeeping
from proveout.evidence.envelope import signed
from proveout.gates.endings import EndOfWaiver, of_record
from proveout.gates.waivers import Waiver, waive

EDGE = "dev-staging"
CLAIM = "GAIA-METRICS-PROMFMT"
ANOTHER = "GAIA-DEV-FEATURES"
IDENTITY = "GAIA-HEALTH-DEV"
RULE = "GAIA-BP-DEV-FIRST"
DAY = 86400.0


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


def put(keeping, waiver, *, hours=1.0, key=None, **changes):
    """Store a waiver that nobody could have given, in its place."""
    head = keeping.store.snapshot().head
    changed = Waiver.model_validate(waiver.model_dump() | {"head": head} | changes)
    body = json.dumps(changed.statement).encode()
    body = signed(body, key) if key else body
    return keeping.store.add("waiver", body, changed.facts, now=keeping.ago(hours=hours))
