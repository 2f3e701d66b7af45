"""Stores of evidence as they are after a day and after a year: a gate that opens, and what came before."""

import hashlib
import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from machinery.gatekeeping import OLD, OTHER, Gatekeeping
from proveout.evidence import seen
from proveout.evidence.index import Entry, head_of
from proveout.evidence.instant import written
from proveout.evidence.reading import facts_of_run, read_run
from proveout.evidence.statement import EXTENSION
from proveout.evidence.store import Store

EDGE = "staging-prod"
DAILY = 25  # records of a day
READY = timedelta(days=5)  # how long ago the first record is that the gate rests on


def opened_after(folder: Path, count: int) -> Gatekeeping:
    """Return a gate that opens now, after so many records in all; the folder is laid out as a checkout."""
    keeping = Gatekeeping(folder, "gaia")
    keeping.now = datetime.now(UTC).replace(microsecond=0)
    keeping.store = Store(folder / "before")
    keeping.ready(EDGE)
    snapshot = keeping.store.snapshot()
    needed = [(entry, snapshot.body(entry)) for entry in snapshot.newest_first()][::-1]
    rows = [*_earlier(keeping, count - len(needed)), *needed]
    keeping.store = Store(folder / "reports" / "evidence")
    keeping.store.folder.mkdir(parents=True)
    index = []
    for number, (old, body) in enumerate(rows, start=1):
        entry = Entry(number, old.kind, hashlib.sha256(body).hexdigest(), old.stored, old.facts)
        index.append(entry.line())
        (keeping.store.folder / entry.name).write_bytes(body)
    whole = b"".join(index)
    (keeping.store.folder / "index.jsonl").write_bytes(whole)
    (keeping.store.folder / "head.json").write_bytes(head_of(whole).written())
    return keeping


def _earlier(keeping: Gatekeeping, count: int) -> Iterator[tuple[Entry, bytes]]:
    """Yield runs of each environment, live and of copies, some of which failed; of other versions."""
    samples: list[dict[str, Any]] = []
    for name in ("dev", "staging", "prod"):
        claims = keeping.claims(name, "smoke")[:5]
        samples += [
            keeping.statement(name, claims, artifact=OLD, version="0.9.0"),
            keeping.statement(name, claims, artifact=OTHER, version="0.8.0", provenance="twin"),
            keeping.statement(name, claims[1:], failed=claims[:1], artifact=OTHER, version="0.8.0"),
        ]
    for number, content in zip(range(count, 0, -1), cycle(samples), strict=False):
        ended = keeping.now - READY - timedelta(hours=6, days=number / DAILY)
        times = {"begun": written(ended - timedelta(minutes=5)), "ended": written(ended)}
        content["predicate"][EXTENSION] |= times | {"run": f"{ended:%Y%m%d-%H%M%S}-{number:04x}"}
        body = json.dumps(content, indent=2).encode()
        yield Entry(number, "run", "", written(ended), facts_of_run(read_run(body))), body


def settled(keeping: Gatekeeping) -> None:
    """Wait until the file system tells old from new, and let the store remember what it has read."""
    until = time.time_ns() + seen.SETTLED
    while time.time_ns() <= until:
        time.sleep(0.05)
    snapshot = keeping.store.snapshot()
    if snapshot.troubles:
        sys.exit(f"the store of the benchmark is not whole: {snapshot.troubles}")
