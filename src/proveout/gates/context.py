"""What all rules of one decision share: the gate, the version in question, the records, the time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from proveout.catalogue.catalogue import Catalogue
from proveout.evidence.digest import definition_files, of_files
from proveout.evidence.instant import written
from proveout.evidence.store import Entry
from proveout.gates.records import Records, Seen
from proveout.gates.release import Release
from proveout.gates.standing import Question, Standing, standings
from proveout.model.claim import Claim
from proveout.model.environment import Environment, Provenance
from proveout.model.gate import Gate
from proveout.model.system import System
from proveout.model.verdict import Word

DISPOSABLE: frozenset[Provenance] = frozenset({"reference", "twin"})
LIVE: frozenset[Provenance] = frozenset({"live"})
TWIN: frozenset[Provenance] = frozenset({"twin"})


@dataclass
class Context:
    """The state of one decision; `waived` holds the reasons by environment and claim, `matched` those used.

    `asked` holds the words that the rules found for each claim they asked for.
    """

    catalogue: Catalogue
    gate: Gate
    records: Records
    now: datetime
    rehearsal: bool = False
    waived: dict[tuple[str, str], str] = field(default_factory=dict)
    matched: set[tuple[str, str]] = field(default_factory=set)
    asked: dict[tuple[str, str], set[Word]] = field(default_factory=dict)
    runs: dict[int, Seen] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)

    @property
    def system(self) -> System:
        """Return the system whose gate it is."""
        return self.catalogue.systems[self.gate.system]

    def environment(self, name: str | None = None) -> Environment:
        """Return an environment of the system; without a name the one where the gate begins."""
        return self.system.environments[name or self.gate.begin]

    def definition(self, environment: Environment) -> str:
        """Return the digest of an environment's definition as it is now."""
        known = self.definitions.get(environment.id)
        if known is None:
            known = self.definitions[environment.id] = of_files(definition_files(environment))
        return known

    def definitions_of(self, begin: str, end: str) -> dict[str, str]:
        """Return the digests of the definitions that a step between two environments is bound to."""
        return {e.id: self.definition(e) for e in (self.environment(begin), self.environment(end))}

    @property
    def ends(self) -> dict[str, str]:
        """Return the digests of the definitions of both ends of the gate."""
        return self.definitions_of(self.gate.begin, self.gate.end)

    @property
    def direct(self) -> frozenset[Provenance]:
        """Return the provenances of evidence about an environment itself; a rehearsal has copies only."""
        return DISPOSABLE if self.rehearsal else LIVE

    @cached_property
    def release(self) -> Release:
        """Return what is in question: what the newest run found where the gate begins."""
        seen = self.newest(self.environment().id)
        return seen.release if seen else Release(None, None)

    def newest(self, environment: str, *, since: str = "") -> Seen | None:
        """Return the newest run about the environment itself that says who it is (a rehearsal: a copy's)."""
        seen = (self.records.run(entry) for entry in self.entries(environment, since=since))
        return next((s for s in seen if s and not s.run.void and s.run.identity.environment), None)

    def entries(self, environment: str, *, since: str = "") -> Iterator[Entry]:
        """Return runs about the environment itself (a rehearsal: about copies), the newest first."""
        for entry in self.records.newest_first("run"):
            if entry.stored < since:
                return
            facts = entry.facts
            if facts.get("environment") == environment and facts.get("provenance") in self.direct:
                yield entry

    def since(self, rule: Any) -> str:
        """Return the oldest end of a run that the rule accepts."""
        return written(self.now, -(rule.within or self.gate.within))

    def ask(
        self,
        environment: Environment,
        claims: list[Claim],
        *,
        since: str,
        release: Release | None = None,
        served: tuple[str, ...] = (),
    ) -> dict[str, Standing]:
        """Return where claims stand: live ones by live evidence, twin ones by a copy of the same artifact."""
        found: dict[str, Standing] = {}
        for proof in ("live", "twin"):
            chosen = tuple(claim.id for claim in claims if claim.proof == proof)
            if not chosen and not (served and proof == "live"):
                continue
            found |= standings(
                self.records,
                Question(
                    environment=environment.id,
                    provenances=TWIN if proof == "twin" and not self.rehearsal else self.direct,
                    claims=chosen,
                    release=release or self.release,
                    definition=self.definition(environment),
                    since=since,
                    committed=self.gate.committed and not self.rehearsal,
                    digest_only=proof == "twin" and not self.rehearsal,
                    served=served if proof == "live" else (),
                ),
            )
        for claim in claims:
            self.asked.setdefault((environment.id, claim.id), set()).add(found[claim.id].word)
        return found

    def use(self, standing: dict[str, Standing]) -> tuple[Entry, ...]:
        """Remember the runs a rule rests on, and return their entries."""
        entries: dict[int, Entry] = {}
        for one in standing.values():
            if one.seen is not None and one.word in {Word.PASS, Word.FAIL}:
                entries[one.seen.entry.number] = one.seen.entry
                self.runs[one.seen.entry.number] = one.seen
                self.records.use(one.seen.entry)
        return tuple(entries[number] for number in sorted(entries))
