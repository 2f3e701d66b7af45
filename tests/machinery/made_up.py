"""What a person could not have put on record, stored as if somebody had."""

import json

from proveout.evidence.envelope import signed


def put(keeping, said, *, hours, key=None, **changes):
    """Store a testimony with changes, in its place, some hours ago."""
    head = keeping.store.snapshot().head
    changed = type(said).model_validate(said.model_dump() | {"head": head} | changes)
    body = json.dumps(changed.statement).encode()
    body = signed(body, key) if key else body
    return keeping.store.add(said.kind, body, changed.facts, now=keeping.ago(hours=hours))
