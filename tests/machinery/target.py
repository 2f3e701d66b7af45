"""What is attacked: an edge with all that it asks for on record, and what its gate comes to."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from machinery.edits import later, payload_of
from machinery.gatekeeping import NOW, OLD, Gatekeeping
from machinery.tampering import Changes, Place
from proveout.catalogue.catalogue import load
from proveout.evidence.digest import definition_files
from proveout.evidence.envelope import signed
from proveout.evidence.index import Entry, head_of
from proveout.evidence.instant import written
from proveout.evidence.key import Key
from proveout.evidence.malformed import Malformed
from proveout.evidence.reading import facts_of_run, read_run
from proveout.evidence.statement import STATEMENT
from proveout.evidence.store import Store
from proveout.gates.decide import decide
from proveout.gates.endings import EndOfWaiver, of_record
from proveout.gates.events import happened
from proveout.gates.promotion import PREDICATE
from proveout.gates.testimony import digest
from proveout.gates.waivers import waive
from proveout.model.mistake import UserError
from proveout.model.verdict import Word

# The environments whose definitions an edge rests on. A decision of ceesar/dev-gamma rests on nothing that
# was seen in gamma or prod, and one of gaia/dev-staging on nothing of prod; what the far end was when it was
# decided stands in the decision, and binds the gate after it.
READ = {
    "gaia/dev-staging": ("dev", "staging"),
    "gaia/staging-prod": ("dev", "staging", "prod"),
    "ceesar/dev-gamma": ("dev",),
    "ceesar/gamma-prod": ("dev", "gamma", "prod"),
}
Row = tuple[Entry, bytes]


class Target:
    """An edge whose gate opens; `rows` are its records, `used` the numbers of those it rests on."""

    def __init__(self, folder: Path, edge: str, *, key: Key | None) -> None:
        self.edge, self.key = edge, key
        self.system, _, self.name = edge.partition("/")
        self.keeping = Gatekeeping(folder, self.system, key=key)
        self.keeping.ready(self.name)
        self.waived = ""
        self._more()
        self.folder = self.keeping.store.folder
        snapshot = self.keeping.store.snapshot()
        self.rows: list[Row] = [(e, snapshot.body(e)) for e in snapshot.newest_first()][::-1]
        decision = self.keeping.decide(self.name)
        assert decision.word is Word.PASS, [line for line in decision.lines if line.word is not Word.PASS]
        self.used = {entry.number for entry in decision.used}
        self.place = Place(folder)

    def _more(self) -> None:
        """Put on record what an edge need not have: a recovery; a waiver, and one that was ended."""
        keeping = self.keeping
        environments = keeping.catalogue.systems[self.system].environments
        if self.edge == "gaia/staging-prod":
            copied = keeping.claims("prod", "smoke", proof="twin")
            keeping.run("prod", copied, ended=keeping.ago(hours=2.5), provenance="twin", artifact=OLD)
            recovered = {"by": "Ann Author", "reason": "the disk was replaced", "at": keeping.ago(hours=20)}
            happened(environments["prod"], "recovery", keeping.ledger(keeping.ago(hours=2)), **recovered)
            self._promotion()
        if self.edge == "ceesar/dev-gamma":
            self.waived = keeping.claims("dev", "regression")[0]
            keeping.run("dev", ("CC-HL-STATUS",), failed=(self.waived,), ended=keeping.ago(hours=2))
            ended = self._waive(hours=1.9)
            said = {"by": "Ann Author", "reason": "the other limit was meant"}
            keeping.ledger(keeping.ago(hours=1.8)).add(
                lambda records, given: of_record(
                    EndOfWaiver, records, "ceesar", ended.id, given=given, **said
                )
            )
            self._waive(hours=1)

    def _promotion(self) -> None:
        """Put on record that a command followed the decision of the gate before; no gate reads that."""
        [decided] = self.keeping.store.snapshot().newest_first("decision")
        predicate = {"gate": "gaia/dev-staging", "command": ["./deploy.sh"], "exit": 0}
        predicate |= {
            "begun": written(self.keeping.ago(hours=1)),
            "ended": written(self.keeping.ago(hours=1)),
        }
        subject = [{"name": decided.name, "digest": {"sha256": decided.sha256}}]
        content = {"_type": STATEMENT, "subject": subject, "predicateType": PREDICATE, "predicate": predicate}
        body = json.dumps(content, indent=2).encode()
        body = signed(body, self.key) if self.key else body
        self.keeping.store.add("promotion", body, {"gate": "gaia/dev-staging"}, now=self.keeping.ago(hours=1))

    def _waive(self, hours: float) -> Entry:
        system = self.keeping.catalogue.systems["ceesar"]
        ledger = self.keeping.ledger(self.keeping.ago(hours=hours))
        said = {"reason": "mended in the next version", "owner": "Ann Author", "issue": "CC-17"}
        entry, _ = waive(system, system.environments["dev"], self.waived, ledger, span=3 * 86400.0, **said)
        return entry

    def word(self) -> Word | str:
        """Return what the gate comes to, as a new process finds it, or the sentence that it cannot decide.

        The definitions are read anew where a file of them was touched; what is read depends on nothing else.
        """
        try:
            catalogue = self.keeping.catalogue
            if any(self.keeping.environments in path.parents for path in self.place.changed()):
                catalogue = load(self.keeping.environments)
            return decide(catalogue, catalogue.gate(self.edge), Store(self.folder), now=NOW).word
        except UserError as error:
            return str(error)

    def definitions(self) -> list[Path]:
        """Return the files that define what the edge rests on."""
        environments = self.keeping.catalogue.systems[self.system].environments
        each = [definition_files(environments[name]).values() for name in READ[self.edge]]
        rules = self.keeping.catalogue.gate(self.edge).rules
        documents = [self.keeping.directory / rule.file for rule in rules if rule.needs == "document"]
        return [*dict.fromkeys(path for files in each for path in files), *documents]

    def asked(self) -> list[str]:
        """Return the live claims that the gate asks for where it begins, without one that is waived."""
        gate = self.keeping.catalogue.gate(self.edge)
        tiers = [rule.tier for rule in gate.rules if rule.needs == "tier"]
        return sorted(set(self.keeping.claims(gate.begin, *tiers)) - {self.waived})

    def with_row(self, position: int, body: bytes) -> Changes:
        """Return the whole store with another body in one place, and all that has to fit to it."""
        rows = list(self.rows)
        entry = rows[position][0]
        rows[position] = (replace(entry, facts=_facts(entry, body)), body)
        return self.resealed(rows)

    def resealed(self, rows: Sequence[Row]) -> Changes:
        """Return what makes a store of these records, with the numbers, digests, index and head it needs."""
        changes: Changes = {self.folder / entry.name: None for entry, _ in self.rows}
        index, stored = b"", ""
        for number, (old, body) in enumerate(rows, start=1):
            stored = max(stored, old.stored)
            sha256 = hashlib.sha256(body).hexdigest()
            entry = replace(old, number=number, sha256=sha256, stored=stored)
            index += entry.line()
            changes[self.folder / entry.name] = body
        return changes | {
            self.folder / "index.jsonl": index,
            self.folder / "head.json": head_of(index).written(),
        }


def moved(row: Row, span: timedelta) -> Row:
    """Return a record as it would be, had it been made at another time."""
    entry, body = row
    content = later(body, span)
    facts = json.loads(later(json.dumps(entry.facts).encode(), span))
    if "says" in facts:
        facts["says"] = digest(json.loads(content)["predicate"])
    return replace(entry, stored=later(entry.stored.encode(), span).decode(), facts=facts), content


def _facts(entry: Entry, body: bytes) -> dict[str, Any]:
    """Return the facts a forger writes for a body, as far as it still says them."""
    payload = payload_of(body)
    if entry.kind == "run":
        try:
            return facts_of_run(read_run(payload))
        except Malformed:
            return entry.facts
    predicate = json.loads(payload).get("predicate", {})
    facts = {key: predicate.get(key, value) for key, value in entry.facts.items()}
    return facts | ({"says": digest(predicate)} if "says" in facts else {})
