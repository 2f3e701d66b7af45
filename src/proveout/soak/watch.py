"""Watches a soak while it runs: errors that burn their budget, what looks like a leak, and what is one.

Growth is looked at once in each 48th of the duration, half an hour of a day. The critical values are those
of all these looks together, so that looking often makes no false alarm.
"""

import math
from collections.abc import Iterator

from proveout.load.ledger import Ledger
from proveout.load.line import Finding
from proveout.load.profile import Mix, Profile
from proveout.soak.burn import burns
from proveout.soak.critical import critical
from proveout.soak.growth import Limit, growing, leaks
from proveout.soak.judgement import limits
from proveout.soak.series import BY_WORK
from proveout.soak.trend import trend

LOOKS = 48  # in the whole duration


def watch(ledger: Ledger, profile: Profile, mix: Mix) -> list[Finding]:
    """Return what is new since the findings of the ledger; each is told once."""
    told = {_what(finding) for finding in ledger.findings}
    new: list[Finding] = []
    for finding in (*_burning(ledger, mix), *_trends(ledger, profile, mix)):
        if _what(finding) not in told:
            told.add(_what(finding))
            new.append(finding)
    return new


def _what(finding: Finding) -> tuple[object, ...]:
    return finding.kind, finding.facts.get("budget"), finding.facts.get("alarm")


def _burning(ledger: Ledger, mix: Mix) -> Iterator[Finding]:
    for burn in burns(ledger, mix.limits.error_share):
        facts = {"budget": "errors", "alarm": burn.name}
        yield Finding(at=ledger.ended, kind="burning", text=burn.text, facts=facts)


def _trends(ledger: Ledger, profile: Profile, mix: Mix) -> Iterator[Finding]:
    if not _due(ledger):
        return
    at = ledger.samples[-1].at
    for limit in limits(ledger, mix):
        name = limit.series.name
        slope = growing(limit)
        if slope is not None:
            facts = {"budget": name, "slope": float(slope.slopes[slope.best]), "by": slope.kind}
            yield Finding(at=at, kind="growing", text=leaks(limit, slope), facts=facts)
        elif name not in BY_WORK:  # what is written always rises
            yield from _suspect(limit, at, profile.duration / 3600.0)


def _suspect(limit: Limit, at: float, hours: float) -> Iterator[Finding]:
    for number in limit.series.strata:
        rises = trend(limit.series.of(number), hours)
        if rises is not None and rises > critical().suspect:
            text = (
                f"{limit.series.name} rises, by no chance; whether it is a leak or a step within the budget, "
                "the rest of the soak will tell"
            )
            yield Finding(at=at, kind="suspect", text=text, facts={"budget": limit.series.name})


def _due(ledger: Ledger) -> bool:
    """Tell whether the newest sample is the first of another look."""
    if len(ledger.samples) < 2:
        return False
    step = max(ledger.head.duration / LOOKS, ledger.head.sample)
    first, before, last = ledger.samples[0].at, ledger.samples[-2].at, ledger.samples[-1].at
    return math.floor((before - first) / step) != math.floor((last - first) / step)
