"""Reads the statement of a run back, and refuses one that contradicts itself."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from proveout.evidence.digest import combined
from proveout.evidence.document import parsed
from proveout.evidence.instant import moment
from proveout.evidence.malformed import Malformed
from proveout.evidence.statement import EXTENSION, STATEMENT, TEST_RESULT

# What a target did that makes all results of a run say nothing of the one environment and version.
VOID = frozenset({"refused", "redeployed", "unidentified"})


def _time(value: str) -> str:
    moment(value)
    return value


def _digest(value: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", value):
        raise ValueError("not a SHA-256 in hex")
    return value


Time = Annotated[str, AfterValidator(_time)]
Sha256 = Annotated[str, AfterValidator(_digest)]
WordText = Literal["PASS", "FAIL", "HOLD"]


class _Part(BaseModel):
    """Unknown keys are of later versions, and say nothing here."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class Identity(_Part):
    """Who the target said it is."""

    environment: str | None
    version: str | None


class Definition(_Part):
    """The digest over the files that define the environment, and each file's own."""

    digest: Sha256
    files: dict[str, Sha256]


class Artifact(_Part):
    """The digest of what runs, and whether it was read there, or stated by whoever deployed it."""

    digest: Sha256 | None
    how: Literal["read", "stated", "none"]
    where: str = ""


class Log(_Part):
    """What the log said: from when to when, whether it was live, the critical errors, the latest of them."""

    begun: Time | None = Field(default=None, alias="from")
    ended: Time | None = Field(default=None, alias="to")
    live: bool = False
    critical: int = 0
    latest: Time | None = None
    examples: list[str] = []
    how: str = ""
    unknown: str | None = None


class Origin(_Part):
    """The commit that the served version is, and whether it is a merge on its line."""

    commit: str | None = None
    merge: bool = False
    line: str = ""
    unknown: str | None = None


class Soak(_Part):
    """What a soak came to: its span, the slots to be measured and those that were, and what broke it.

    `elapsed` are the seconds that were measured, `longest_slice` those between two parts of a soak that was
    stopped on purpose. A `rehearsal` drove the profile in less time than it is made for.
    """

    word: WordText
    begun: Time
    ended: Time
    slots: int
    filled: int
    elapsed: float
    longest_gap: float
    longest_slice: float = 0.0
    versions: int
    restarts: int
    rehearsal: bool = False


class Attempt(_Part):
    """One execution of one check."""

    check: str
    claims: list[str]
    ending: Literal["passed", "failed", "skipped", "xfailed", "error", "lost"]
    message: str = ""
    figures: dict[str, Any] = {}


class Trouble(_Part):
    """What was wrong with the target as a whole."""

    word: WordText
    reason: str
    kind: str = ""


class Suite(_Part):
    """The commit of the checks; `changed` where they differ from it."""

    commit: str | None
    changed: bool | None


class VerdictText(_Part):
    """The verdict as it was written down."""

    word: WordText
    proven: int
    claims: int
    refused: bool = False
    reasons: list[str] = []


class RunEvidence(_Part):
    """Everything a gate reads of one run about one environment."""

    run: str
    environment: str
    provenance: Literal["live", "twin", "reference"]
    identity: Identity
    definition: Definition
    artifact: Artifact
    begun: Time
    ended: Time
    verdict: VerdictText
    failed: dict[str, list[str]]
    unverified: dict[str, str]
    attempts: list[Attempt]
    troubles: list[Trouble]
    log: Log
    origin: Origin
    suite: Suite
    by: str
    soak: Soak | None = None
    proven: tuple[str, ...] = Field(default=(), exclude=True)

    @property
    def void(self) -> str | None:
        """Return why the results say nothing of one environment and version, or None."""
        return next((t.reason for t in self.troubles if t.kind in VOID), None)

    @property
    def down(self) -> str | None:
        """Return why the environment as a whole failed, or None."""
        for trouble in self.troubles:
            if trouble.word == "FAIL":
                return trouble.reason
        if self.verdict.word != "FAIL" or self.failed or any(a.ending == "failed" for a in self.attempts):
            return None
        return next(iter(self.verdict.reasons), "the run failed")

    def executed(self, claims: set[str]) -> list[Attempt]:
        """Return the executions of checks of any of these claims."""
        ran = [attempt for attempt in self.attempts if attempt.ending in {"passed", "failed"}]
        return [attempt for attempt in ran if claims & set(attempt.claims)]


def statement_of(payload: bytes) -> dict[str, Any]:
    """Return a statement as JSON values.

    Raises:
        Malformed: it is no JSON object, or no in-toto Statement v1.
    """
    content = parsed(payload)
    if content.get("_type") != STATEMENT:
        raise Malformed(f"not an in-toto statement: _type is not {STATEMENT}")
    return content


def read_run(payload: bytes) -> RunEvidence:
    """Return the evidence in a statement.

    Raises:
        Malformed: it is not the statement of a run, or it contradicts itself; the text says where.
    """
    content = statement_of(payload)
    predicate = content.get("predicate")
    if content.get("predicateType") != TEST_RESULT or not isinstance(predicate, dict):
        raise Malformed("not the statement of a run: its predicate is no test result")
    proven = predicate.get("passedTests")
    if not isinstance(proven, list) or not all(isinstance(claim, str) for claim in proven):
        raise Malformed("passedTests is no list of claims")
    try:
        run = RunEvidence.model_validate(predicate.get(EXTENSION))
    except ValidationError as error:
        first = error.errors()[0]
        raise Malformed(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    run = run.model_copy(update={"proven": tuple(proven)})
    if complaint := _contradiction(run, content, predicate):
        raise Malformed(complaint)
    return run


def _contradiction(run: RunEvidence, content: dict[str, Any], predicate: dict[str, Any]) -> str | None:
    """Return what in a statement contradicts the rest of it, or None."""
    kinds = [set(run.proven), set(run.failed), set(run.unverified)]
    subjects = [{"name": run.environment, "digest": {"sha256": run.definition.digest}}]
    if run.artifact.digest:
        subjects.append({"name": f"{run.environment}#artifact", "digest": {"sha256": run.artifact.digest}})
    statements = {
        "subject is not the definition and artifact it tells of": content.get("subject") == subjects,
        "the digest of the definition is not that of its files": run.definition.digest
        == combined(run.definition.files),
        "result is not the verdict": predicate.get("result")
        == ("PASSED" if run.verdict.word == "PASS" else "FAILED"),
        "failedTests are not the failed claims": predicate.get("failedTests") == sorted(run.failed),
        "warnedTests are not the unverified claims": predicate.get("warnedTests") == sorted(run.unverified),
        "a claim is proven, failed or unverified at once": sum(map(len, kinds)) == len(set().union(*kinds)),
        "the count is not that of the claims": run.verdict.proven == len(set(run.proven)) == len(run.proven)
        and run.verdict.claims == sum(map(len, kinds)),
        "it ended before it began": run.begun <= run.ended,
        "a proven claim has no check that passed, or one that did not": _backed(run),
        "it passed, although something failed": run.verdict.word != "PASS"
        or not (run.failed or run.troubles or any(a.ending != "passed" for a in run.attempts)),
        "it passed, although nothing was proven": run.verdict.word != "PASS" or bool(run.proven),
    }
    return next((sentence for sentence, holds in statements.items() if not holds), None)


def _backed(run: RunEvidence) -> bool:
    endings: dict[str, set[str]] = {claim: set() for claim in run.proven}
    for attempt in run.attempts:
        for claim in attempt.claims:
            if claim in endings:
                endings[claim].add(attempt.ending)
    return all(found == {"passed"} for found in endings.values())


def facts_of_run(run: RunEvidence) -> dict[str, Any]:
    """Return the few facts of a run by which a gate chooses what to read."""
    return {
        "environment": run.environment,
        "provenance": run.provenance,
        "version": run.identity.version,
        "artifact": run.artifact.digest,
        "definition": run.definition.digest,
        "word": run.verdict.word,
        "begun": run.begun,
        "ended": run.ended,
        "failed": len(run.failed),
    }
