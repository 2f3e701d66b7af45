"""One line of the report: a check, a claim nobody verified, or a verdict, in the terms of Allure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from proveout.model.claim import Claim

Status = Literal["passed", "failed", "broken", "skipped"]

# How loudly a failure speaks: a broken smoke claim stops everybody, a soak claim nobody tonight.
SEVERITIES = {
    "smoke": "blocker",
    "regression": "critical",
    "integration": "normal",
    "load": "normal",
    "soak": "minor",
}
LONGEST_TRACE = 60  # lines; the end says where it went wrong


@dataclass(frozen=True)
class Entry:
    """What the report says of one thing.

    `identity` is what stays the same from run to run, so that Allure finds the history; `where` is an
    environment's id, or the system for what concerns several environments together.
    """

    identity: str
    name: str
    where: str
    status: Status
    group: str = ""
    message: str = ""
    trace: str = ""
    description: str = ""
    claims: Sequence[Claim] = ()
    tier: str = ""
    tags: Sequence[str] = ()
    parameters: Sequence[tuple[str, str]] = ()
    provenance: str = ""
    worker: str = ""
    start: int = 0
    stop: int = 0
    attachment: str = ""

    @property
    def system(self) -> str:
        """Return the system the entry belongs to."""
        return self.where.partition("/")[0]

    @property
    def test_id(self) -> str:
        """Return the id of the thing, whatever the environment."""
        return _digest(self.identity)

    @property
    def history_id(self) -> str:
        """Return the id of the thing in this environment."""
        return _digest(self.identity, *(f"{name}={value}" for name, value in self._history_parameters))

    @property
    def _history_parameters(self) -> list[tuple[str, str]]:
        return [("environment", self.where), *self.parameters]

    def labels(self) -> list[tuple[str, str]]:
        """Return Allure's labels: the tree, the stories, and the lanes of the timeline."""
        whole = "all environments together"
        environment = self.where if "/" in self.where else f"{self.where}: {whole}"
        pairs = [
            ("epic", self.system),
            ("feature", environment),
            ("parentSuite", self.system),
            ("suite", environment),
            ("subSuite", self.group),
            ("environment", self.where),
            ("severity", SEVERITIES.get(self.tier, "")),
            ("host", self.where),
            ("thread", self.worker),
            *(("story", f"{claim.id} {claim.says}") for claim in self.claims),
            *(("tag", tag) for tag in dict.fromkeys((self.tier, *self.tags))),
        ]
        return [(name, value) for name, value in pairs if value]

    def all_parameters(self) -> list[tuple[str, str, bool]]:
        """Return names, values, and whether the history ignores them."""
        told = [(name, value, False) for name, value in self._history_parameters]
        return [*told, ("provenance", self.provenance, True)] if self.provenance else told

    def text(self) -> str:
        """Return the description: each claim with where it stands and how it is verified, as Markdown."""
        return "\n\n".join([*filter(None, [self.description]), *map(_claim_text, self.claims)])

    def short_trace(self) -> str:
        """Return the end of the trace."""
        lines = self.trace.splitlines()
        cut = lines[-LONGEST_TRACE:]
        return "\n".join(cut if len(cut) == len(lines) else ["...", *cut])

    def as_json(self, uuid: str, attached: Path | None = None) -> dict[str, Any]:
        """Return the entry as a file of Allure's results; `attached` holds the text of its attachment."""
        return {
            "uuid": uuid,
            "historyId": self.history_id,
            "testCaseId": self.test_id,
            "fullName": self.identity,
            "name": self.name,
            "status": self.status,
            "statusDetails": {"message": self.message, "trace": self.short_trace()},
            "stage": "finished",
            "description": self.text(),
            "start": self.start,
            "stop": self.stop,
            "labels": [{"name": name, "value": value} for name, value in self.labels()],
            "parameters": [
                {"name": name, "value": value, "excluded": excluded}
                for name, value, excluded in self.all_parameters()
            ],
            "attachments": [{"name": self.attachment, "source": attached.name, "type": "text/plain"}]
            if attached
            else [],
        }


def sentence(node: str) -> str:
    """Return the name of a check's function as the sentence it is."""
    function = node.rpartition("::")[2].partition("[")[0].removeprefix("test_")
    text = function.replace("_", " ").strip()
    return text[:1].upper() + text[1:] if text else node


def subject(node: str) -> str:
    """Return what a check's file is about."""
    return Path(node.partition("::")[0]).stem.removeprefix("test_").replace("_", " ")


def _claim_text(claim: Claim) -> str:
    rows = [f"**{claim.id}** {claim.says}", f"- section of the document: {claim.section}"]
    rows.append(f"- verified by: {claim.verified_by}")
    if claim.broken_by:
        rows.append(f"- broken by: {claim.broken_by}")
    return "\n".join(rows)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
