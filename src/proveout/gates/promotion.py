"""Promotions: the command that followed a decision to let a version through, when, and how it ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from proveout.evidence.envelope import sealed
from proveout.evidence.instant import written
from proveout.evidence.key import Key
from proveout.evidence.statement import STATEMENT
from proveout.evidence.store import Entry, Store
from proveout.gates.decision import Decision

PREDICATE = "urn:x-proveout:promotion:v1"


@dataclass(frozen=True)
class Promotion:
    """A command that acts on a decision; `record` is the SHA-256 of the decision as it is stored.

    It goes on record twice: before the command starts, so that nothing is deployed in silence, and when it
    has ended.
    """

    decision: Decision
    record: str
    command: tuple[str, ...]
    by: str
    begun: datetime

    def put(
        self,
        store: Store,
        key: Key | None,
        *,
        ended: datetime | None = None,
        exit_code: int | None = None,
    ) -> Entry:
        """Put the promotion on record, as begun or as ended.

        It begins only where nothing was recorded since the decision: that might revoke it.

        Raises:
            UserError: it cannot be stored.
            Moved: something was recorded since the decision.
        """
        body = sealed(self._statement(ended, exit_code), key)
        facts = {
            "gate": self.decision.gate,
            **self.decision.release.as_json(),
            "decision": self.record,
            "begun": written(self.begun),
            "ended": written(ended) if ended else None,
            "exit": exit_code,
        }
        after = None if ended else self.decision.head + 1
        return store.add("promotion", body, facts, after=after)

    def _statement(self, ended: datetime | None, exit_code: int | None) -> dict[str, Any]:
        gate, release = self.decision.gate, self.decision.release
        subject = [{"name": f"{gate}#decision", "digest": {"sha256": self.record}}]
        if release.artifact:
            subject.append({"name": f"{gate}#artifact", "digest": {"sha256": release.artifact}})
        return {
            "_type": STATEMENT,
            "subject": subject,
            "predicateType": PREDICATE,
            "predicate": {
                "gate": gate,
                "release": release.as_json(),
                "decision": {"sha256": self.record},
                "command": list(self.command),
                "by": self.by,
                "begun": written(self.begun),
                "ended": written(ended) if ended else None,
                "exit": exit_code,
            },
        }
