"""What the evidence of a run says of its soak, so that a gate can decide on it without the ledger."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from proveout.evidence.instant import written
from proveout.plugin.figures import plain

if TYPE_CHECKING:
    from proveout.load.ledger import Ledger
    from proveout.plugin.soak import Soaked

FULL = 0.9  # share of a slot that must have been measured


def facts(soaked: "Soaked") -> dict[str, Any] | None:
    """Return what came of a soak (see `evidence.reading.Soak`); None if nothing of it was measured."""
    ledger, head = soaked.ledger, soaked.ledger.head
    if not ledger.ended:
        return None
    budgets = [
        {"name": b.name, "word": b.word.value, "text": b.text, "figures": plain(b.figures)}
        for b in soaked.judged.budgets
    ]
    return {
        "word": soaked.word.value,
        "says": f"{soaked.word.value} ({soaked.wish.note})" if soaked.wish.note else soaked.word.value,
        "ledger": head.ledger,
        "profile": {"name": head.profile_name, "digest": head.profile},
        "rehearsal": head.rehearsal,
        "begun": _time(ledger.begun),
        "ended": _time(ledger.ended),
        "duration": head.duration,
        "elapsed": round(ledger.valid, 3),
        "slots": round(head.duration / head.sample),
        "filled": _filled(ledger),
        "longest_gap": round(_longest(ledger, planned=False), 3),
        "longest_slice": round(_longest(ledger, planned=True), 3),
        "segments": len(ledger.segments),
        "versions": _versions(ledger),
        "restarts": sum(finding.kind == "restarted" for finding in ledger.findings),
        "findings": [f"{_time(f.at)} {f.kind}: {f.text}" for f in ledger.findings[:50]],
        "budgets": budgets,
    }


def _time(epoch: float) -> str:
    return written(datetime.fromtimestamp(epoch, UTC))


def _filled(ledger: "Ledger") -> int:
    """Return how many slots were measured; one that a segment's end cut has parts in two of them."""
    seconds: dict[int, float] = defaultdict(float)
    for slot in ledger.slots:
        seconds[int(slot.begin // ledger.head.sample)] += slot.seconds
    return sum(measured >= FULL * ledger.head.sample for measured in seconds.values())


def _longest(ledger: "Ledger", *, planned: bool) -> float:
    return max((gap.end - gap.begin for gap in ledger.gaps if gap.planned is planned), default=0.0)


def _versions(ledger: "Ledger") -> int:
    """Return how many versions ran, by what they say of themselves or by what they were started from."""
    said = {sample.version for sample in ledger.samples if sample.version}
    started = {sample.binary for sample in ledger.samples if sample.binary}
    return max(len(said), len(started))
