"""Where each claim stands: the newest executed result wins; an older pass never outruns a failure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from proveout.evidence.instant import moment, written
from proveout.evidence.reading import RunEvidence
from proveout.evidence.store import Entry
from proveout.gates.records import SKEW, Records, Seen
from proveout.gates.release import Release
from proveout.model.environment import Provenance
from proveout.model.quantity import brief
from proveout.model.verdict import Word


@dataclass(frozen=True)
class Question:
    """What is asked of the records: which claims, of which environment, and what evidence must be bound to.

    `since` is the oldest end of a run that counts. `served` are claims of kind rule that checks work for:
    nothing has to prove them, but a failure of such a check counts.
    """

    environment: str
    provenances: frozenset[Provenance]
    claims: tuple[str, ...]
    release: Release
    definition: str
    since: str
    committed: bool = False
    digest_only: bool = False
    served: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """What is known of one claim, why, and from which run."""

    word: Word
    reason: str
    seen: Seen | None = None


@dataclass
class _State:
    """What has been found of one claim while the records were gone through from the newest on."""

    best: Seen | None = None
    failed: Seen | None = None
    why: str = ""
    over: str = ""

    @property
    def settled(self) -> bool:
        return self.best is not None or self.failed is not None

    def pass_(self, seen: Seen) -> None:
        if self.failed is None and (self.best is None or seen.run.ended > self.best.run.ended):
            self.best = seen

    def fail(self, seen: Seen, why: str) -> None:
        # Records come newest first: what passed so far was stored later. It must have ended later, too.
        if self.failed is None and (self.best is None or self.best.run.ended <= seen.run.ended):
            self.failed, self.why = seen, why


def standings(records: Records, question: Question) -> dict[str, Standing]:
    """Return where each claim of the question stands."""
    return _Search(records, question).standings()


@dataclass
class _Search:
    records: Records
    question: Question
    states: dict[str, _State] = field(default_factory=dict)

    def standings(self) -> dict[str, Standing]:
        question = self.question
        self.states = {claim: _State() for claim in (*question.claims, *question.served)}
        floor = self._floor()
        for entry in self.records.newest_first("run"):
            if entry.stored < _earlier(floor):
                break
            # What failed counts by when it was stored, too: its own times may be wrong, or be made up.
            red = entry.facts.get("word") != Word.PASS.value
            if self._concerns(entry) and (red or str(entry.facts.get("ended")) >= floor):
                self._look(entry)
                floor = self._floor()
        return {claim: self._standing(state) for claim, state in self.states.items()}

    def _floor(self) -> str:
        """Return the end before which a run cannot change anything any more."""
        asked = [self.states[claim] for claim in self.question.claims]
        ends = [state.best.run.ended for state in asked if state.best and not state.failed]
        return (
            min(ends, default=self.question.since) if all(s.settled for s in asked) else self.question.since
        )

    def _concerns(self, entry: Entry) -> bool:
        facts = entry.facts
        return (
            facts.get("environment") == self.question.environment
            and facts.get("provenance") in self.question.provenances
        )

    def _look(self, entry: Entry) -> None:
        seen = self.records.run(entry)
        if seen is None:
            return
        run = seen.run
        same = self.question.release.same(seen.release)
        if run.void is not None:
            self._pass_over(self.states, f"the newest run says nothing: {run.void}")
            return
        if run.down is not None:
            for state in self.states.values() if same is not False else ():
                state.fail(seen, run.down)
            return
        reason = self._unfit(seen, same=same)
        for claim, word, why in results(run, self.states):
            state = self.states[claim]
            if word is Word.FAIL and same is not False:
                state.fail(seen, why)
            elif word is Word.PASS and reason is None:
                state.pass_(seen)
            elif word is Word.HOLD or word is Word.PASS:
                self._pass_over([claim], reason or why)

    def _pass_over(self, claims: Iterable[str], reason: str) -> None:
        for claim in claims:
            self.states[claim].over = self.states[claim].over or reason

    def _unfit(self, seen: Seen, *, same: bool | None) -> str | None:
        """Return why a pass in this run does not count, or None."""
        run, question, release = seen.run, self.question, seen.release
        nameless = question.digest_only and not (release.artifact and question.release.artifact)
        uncommitted = question.committed and (run.suite.commit is None or run.suite.changed)
        reasons = {
            self._nothing(): run.ended < question.since,
            f"the evidence is about {release}, in question is {question.release}": same is False,
            f"whether {release} is {question.release} cannot be known: no digest, a moving label": same
            is None,
            "the digest of the copy's artifact or of the live one is not known": nameless,
            "the definition or the gate was changed since the evidence was taken": run.definition.digest
            != question.definition,
            "the checks that ran are not those of a commit": uncommitted,
            "nobody who is trusted signed the evidence": not self.records.is_signed(seen.entry),
        }
        return next((reason for reason, so in reasons.items() if so), None)

    def _standing(self, state: _State) -> Standing:
        if state.failed is not None:
            return Standing(Word.FAIL, state.why, state.failed)
        if state.best is not None:
            return Standing(Word.PASS, "", state.best)
        return Standing(Word.HOLD, state.over or self._nothing())

    def _nothing(self) -> str:
        question = self.question
        limit = brief(self.records.now.timestamp() - moment(question.since).timestamp())
        kind = " or ".join(sorted(question.provenances))
        return f"no evidence ({kind}) of the last {limit}"


def results(run: RunEvidence, claims: Iterable[str]) -> Iterable[tuple[str, Word, str]]:
    """Return what a run says of each of these claims that it knows of.

    A claim of kind rule is in no verdict; what the checks say that work for it is in their attempts.
    """
    for claim in claims:
        if claim in run.failed:
            yield claim, Word.FAIL, next(iter(run.failed[claim]), "it failed")
        elif claim in run.proven:
            yield claim, Word.PASS, ""
        elif claim in run.unverified:
            yield claim, Word.HOLD, f"unverified: {run.unverified[claim]}"
        else:
            attempts: dict[str, str] = {a.ending: a.message for a in run.attempts if claim in a.claims}
            if "failed" in attempts:
                yield claim, Word.FAIL, attempts["failed"] or "it failed"
            elif attempts:
                passed = set(attempts) == {"passed"}
                yield claim, Word.PASS if passed else Word.HOLD, "" if passed else "not run to its end"


def _earlier(time: str) -> str:
    return written(moment(time), -SKEW)
