"""Statements of runs and stores that hold them, for tests of what is done with them."""

import hashlib
import json
from pathlib import Path
from typing import Any

from proveout.evidence.digest import combined
from proveout.evidence.reading import facts_of_run, read_run
from proveout.evidence.statement import EXTENSION, STATEMENT, TEST_RESULT
from proveout.evidence.store import Entry, Store

FILES = {"demo/system.toml": "a" * 64, "demo/dev/environment.toml": "b" * 64}


def run_statement(run: str = "20261122-140000-abcd", environment: str = "demo/dev", **changes: Any) -> bytes:
    """Return the statement of a run in which one check passed; `changes` are keys of the extension."""
    extension = {
        "run": run,
        "environment": environment,
        "provenance": "live",
        "identity": {"environment": environment.partition("/")[2], "version": "1.0.0"},
        "definition": {"digest": combined(FILES), "files": FILES},
        "artifact": {"digest": None, "how": "none", "where": ""},
        "begun": "2026-11-22T14:00:00Z",
        "ended": "2026-11-22T14:01:30Z",
        "verdict": {"word": "PASS", "proven": 1, "claims": 1, "refused": False, "reasons": []},
        "failed": {},
        "unverified": {},
        "attempts": [
            {
                "check": "suites/x.py::test_a",
                "claims": ["CC-A"],
                "ending": "passed",
                "seconds": 0.1,
                "message": "",
                "figures": {},
            }
        ],
        "troubles": [],
        "log": {"unknown": "no access"},
        "origin": {"unknown": "no repository"},
        "suite": {"commit": None, "changed": None},
        "by": "somebody",
        "soak": None,
    }
    content = {
        "_type": STATEMENT,
        "subject": [{"name": environment, "digest": {"sha256": combined(FILES)}}],
        "predicateType": TEST_RESULT,
        "predicate": {
            "result": "PASSED",
            "configuration": [],
            "passedTests": ["CC-A"],
            "warnedTests": [],
            "failedTests": [],
            EXTENSION: extension | changes,
        },
    }
    return json.dumps(content, indent=2).encode() + b"\n"


def stored_run(store: Store, body: bytes, payload: bytes | None = None) -> Entry:
    """Put a run into a store the way a run does."""
    return store.add("run", body, facts_of_run(read_run(payload or body)))


def decision(inputs: list[Entry], environment: str = "demo/dev") -> bytes:
    """Return a decision that rests on entries of a store."""
    content = {
        "_type": STATEMENT,
        "subject": [{"name": environment, "digest": {"sha256": "c" * 64}}],
        "predicateType": "https://slsa.dev/verification_summary/v1",
        "predicate": {
            "verifier": {"id": "urn:x-proveout"},
            "resourceUri": "urn:x-proveout:demo/dev",
            "policy": {"uri": "demo/gates.toml", "digest": {"sha256": "d" * 64}},
            "inputAttestations": [{"uri": entry.id, "digest": {"sha256": entry.sha256}} for entry in inputs],
            "verificationResult": "PASSED",
            "verifiedLevels": ["PROVEOUT_PASS"],
        },
    }
    return json.dumps(content).encode()


def files_of(folder: Path) -> dict[str, str]:
    """Return what lies in a folder: names and the digests of the contents."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
