"""Evidence as an in-toto Statement v1 with the test-result predicate v0.1 and one extension of our own."""

import importlib.metadata
import subprocess
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from proveout.evidence.artifact import Artifact
from proveout.evidence.digest import combined, definition_files, sha256
from proveout.evidence.instant import written
from proveout.model.environment import Environment, Provenance
from proveout.model.verdict import Verdict, Word

STATEMENT = "https://in-toto.io/Statement/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
SUMMARY = "https://slsa.dev/verification_summary/v1"  # of a decision
EXTENSION = "urn:x-proveout:run:v1"
DEPENDENCIES = ("proveout", "pytest", "httpx", "pydantic", "allure-pytest", "locust", "pytest-testinfra")


@dataclass(frozen=True)
class Attempt:
    """One execution of one check."""

    check: str
    claims: tuple[str, ...]
    ending: str
    seconds: float
    message: str
    figures: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the attempt as JSON values."""
        return {
            "check": self.check,
            "claims": list(self.claims),
            "ending": self.ending,
            "seconds": round(self.seconds, 3),
            "message": self.message,
            "figures": self.figures,
        }


@dataclass(frozen=True)
class Record:
    """Everything a run knows of one environment when it ends.

    `log` and `origin` hold what was found, or under `unknown` why nothing was and how to give access; `soak`
    what a soak came to (see `reading.Soak`), with each of its budgets.
    """

    run: str
    environment: Environment
    provenance: Provenance
    url: str | None
    said: dict[str, str | None]
    moved: dict[str, str]
    begun: datetime
    ended: datetime
    selection: dict[str, Any]
    verdict: Verdict
    proven: tuple[str, ...]
    failed: dict[str, list[str]]
    unverified: dict[str, str]
    attempts: tuple[Attempt, ...]
    requests: int
    artifact: Artifact
    log: dict[str, Any]
    origin: dict[str, Any]
    by: str
    troubles: tuple[dict[str, str], ...] = ()
    twin_of: dict[str, Any] | None = None
    soak: dict[str, Any] | None = None


def statement(record: Record, suite: Path) -> dict[str, Any]:
    """Return the evidence of one environment as JSON values.

    HOLD is FAILED in the predicate, because whoever reads only that word must not promote; the word
    itself stands in the extension. Sources: in-toto attestation framework, Statement v1 and test-result
    v0.1; times are RFC 3339 in UTC.
    """
    files = {name: sha256(path) for name, path in sorted(definition_files(record.environment).items())}
    definition = combined(files)
    subject = {"name": record.environment.id, "digest": {"sha256": definition}}
    subjects: list[dict[str, Any]] = [subject]
    if record.artifact.digest:
        subjects.append(
            {"name": f"{record.environment.id}#artifact", "digest": {"sha256": record.artifact.digest}}
        )
    return {
        "_type": STATEMENT,
        "subject": subjects,
        "predicateType": TEST_RESULT,
        "predicate": {
            "result": "PASSED" if record.verdict.word is Word.PASS else "FAILED",
            "configuration": [{"name": name, "digest": {"sha256": digest}} for name, digest in files.items()],
            "passedTests": list(record.proven),
            "warnedTests": sorted(record.unverified),
            "failedTests": sorted(record.failed),
            EXTENSION: {
                **_extension(record, suite),
                "definition": {"digest": definition, "files": files},
            },
        },
    }


def _extension(record: Record, suite: Path) -> dict[str, Any]:
    return {
        "run": record.run,
        "environment": record.environment.id,
        "provenance": record.provenance,
        "url": record.url,
        "identity": record.said,
        "artifact": record.artifact.as_json(),
        "twin_of": record.twin_of,
        "moved": record.moved,
        "begun": written(record.begun),
        "ended": written(record.ended),
        "selection": record.selection,
        "verdict": {
            "word": record.verdict.word.value,
            "proven": record.verdict.proven,
            "claims": record.verdict.claims,
            "reasons": list(record.verdict.reasons),
            "refused": record.verdict.refused,
        },
        "troubles": list(record.troubles),
        "failed": record.failed,
        "unverified": record.unverified,
        "attempts": [attempt.as_json() for attempt in record.attempts],
        "requests": record.requests,
        "log": record.log,
        "origin": record.origin,
        "soak": record.soak,
        "by": record.by,
        "suite": _commit(suite),
        "dependencies": {name: importlib.metadata.version(name) for name in DEPENDENCIES},
    }


def _commit(suite: Path) -> dict[str, Any]:
    """Return the commit of the checks; None where they are in no repository or git is absent."""
    try:
        head = _git(suite, "rev-parse", "HEAD")
        changed = _git(suite, "status", "--porcelain", "--untracked-files=normal")
    except (OSError, subprocess.SubprocessError):
        return {"commit": None, "changed": None}
    return {"commit": head, "changed": bool(changed)}


def _git(suite: Path, *words: str) -> str:
    command = ["git", "-C", str(suite), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)  # noqa: S603
    return done.stdout.strip()
