"""A decision as a verification summary (SLSA VSA v1), and an earlier decision read back from one."""

from dataclasses import dataclass
from typing import Any

from proveout.evidence.instant import written
from proveout.evidence.malformed import Malformed
from proveout.evidence.statement import STATEMENT, SUMMARY
from proveout.gates.decision import Decision
from proveout.gates.release import Release
from proveout.model.verdict import Word

EXTENSION = "urn:x-proveout:decision:v1"
VERIFIER = "urn:x-proveout:gate"


def statement(decision: Decision) -> dict[str, Any]:
    """Return the summary of a decision as JSON values.

    Only a PASS that is no rehearsal is PASSED: whoever reads nothing but that word may promote on it.
    Source: SLSA verification summary v1; a level of our own does not begin with SLSA_.
    """
    passed = decision.word is Word.PASS and not decision.rehearsal
    name = decision.gate.replace("/", "-").replace("-", "_").upper()
    subject = [{"name": name_, "digest": {"sha256": digest}} for name_, digest in _subjects(decision).items()]
    return {
        "_type": STATEMENT,
        "subject": subject,
        "predicateType": SUMMARY,
        "predicate": {
            "verifier": {"id": VERIFIER},
            "timeVerified": written(decision.decided),
            "resourceUri": f"urn:x-proveout:{decision.gate}:{decision.release.version or 'unknown'}",
            "policy": {
                "uri": f"{decision.policy}#{decision.edge}",
                "digest": {"sha256": decision.policy_sha256},
            },
            "inputAttestations": [
                {"uri": f"{entry.id}.json", "digest": {"sha256": entry.sha256}} for entry in decision.used
            ],
            "verificationResult": "PASSED" if passed else "FAILED",
            "verifiedLevels": [f"PROVEOUT_{name}"] if passed else ["FAILED"],
            EXTENSION: decision.as_json(),
        },
    }


def _subjects(decision: Decision) -> dict[str, str]:
    """Return what was decided on: the artifact where its digest is known, and the definitions to obey."""
    subjects = dict(decision.definitions)
    if decision.release.artifact:
        subjects[f"{decision.gate}#artifact"] = decision.release.artifact
    return subjects


def facts(decision: Decision) -> dict[str, Any]:
    """Return the few facts of a decision by which later ones find it."""
    return {
        "gate": decision.gate,
        "word": decision.word.value,
        "rehearsal": decision.rehearsal,
        "version": decision.release.version,
        "artifact": decision.release.artifact,
        "ended": written(decision.decided),
    }


@dataclass(frozen=True)
class Past:
    """An earlier decision."""

    gate: str
    word: str
    rehearsal: bool
    release: Release
    definitions: dict[str, str]
    decided: str


def read(content: dict[str, Any]) -> Past:
    """Return the decision in a summary.

    Raises:
        Malformed: it is no summary of a decision, or contradicts itself.
    """
    predicate = content.get("predicate")
    if content.get("predicateType") != SUMMARY or not isinstance(predicate, dict):
        raise Malformed("not the summary of a decision")
    own: Any = predicate.get(EXTENSION)
    try:
        past = Past(
            gate=str(own["gate"]),
            word=str(own["word"]),
            rehearsal=own["rehearsal"] is not False,
            release=Release.of(own["release"]),
            definitions={str(name): str(digest) for name, digest in own["definitions"].items()},
            decided=str(predicate["timeVerified"]),
        )
        words = {line["word"] for line in own["lines"] if not line["left_out"]}
    except (TypeError, KeyError, AttributeError) as error:
        raise Malformed(f"the summary of a decision lacks or misspells {error}") from None
    passed = past.word == "PASS" and not past.rehearsal
    if (predicate.get("verificationResult") == "PASSED") is not passed:
        raise Malformed("the result of a decision is not its word")
    if past.word == "PASS" and words != {"PASS"}:
        raise Malformed("a decision passed, although a line of it did not")
    return past
