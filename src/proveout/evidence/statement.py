"""Evidence as an in-toto Statement v1 with the test-result predicate v0.1 and one extension of our own."""

import importlib.metadata
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from proveout.evidence.digest import artifact, definition_files, of_files, sha256
from proveout.model.environment import Environment, Provenance
from proveout.model.verdict import Verdict, Word

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

    def as_json(self) -> dict[str, Any]:
        """Return the attempt as JSON values."""
        return {
            "check": self.check,
            "claims": list(self.claims),
            "ending": self.ending,
            "seconds": round(self.seconds, 3),
            "message": self.message,
        }


@dataclass(frozen=True)
class Record:
    """Everything a run knows of one environment when it ends."""

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


def statement(record: Record, suite: Path) -> dict[str, Any]:
    """Return the evidence of one environment as JSON values.

    HOLD is FAILED in the predicate, because whoever reads only that word must not promote; the word
    itself stands in the extension. Sources: in-toto attestation framework, Statement v1 and test-result
    v0.1; times are RFC 3339 in UTC.
    """
    files = definition_files(record.environment)
    subject = {"name": record.environment.id, "digest": {"sha256": of_files(files)}}
    subjects: list[dict[str, Any]] = [subject]
    if built := artifact(record.environment):
        subjects.append({"name": f"{record.environment.id}#artifact", "digest": {"sha256": built}})
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subjects,
        "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
        "predicate": {
            "result": "PASSED" if record.verdict.word is Word.PASS else "FAILED",
            "configuration": [
                {"name": name, "digest": {"sha256": sha256(path)}} for name, path in sorted(files.items())
            ],
            "passedTests": list(record.proven),
            "warnedTests": sorted(record.unverified),
            "failedTests": sorted(record.failed),
            EXTENSION: _extension(record, suite),
        },
    }


def _extension(record: Record, suite: Path) -> dict[str, Any]:
    return {
        "run": record.run,
        "environment": record.environment.id,
        "provenance": record.provenance,
        "url": record.url,
        "identity": record.said,
        "moved": record.moved,
        "begun": _written(record.begun),
        "ended": _written(record.ended),
        "selection": record.selection,
        "verdict": {
            "word": record.verdict.word.value,
            "proven": record.verdict.proven,
            "claims": record.verdict.claims,
            "reasons": list(record.verdict.reasons),
            "refused": record.verdict.refused,
        },
        "failed": record.failed,
        "unverified": record.unverified,
        "attempts": [attempt.as_json() for attempt in record.attempts],
        "requests": record.requests,
        "suite": _commit(suite),
        "dependencies": {name: importlib.metadata.version(name) for name in DEPENDENCIES},
    }


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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
