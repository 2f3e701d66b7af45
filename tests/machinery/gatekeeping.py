"""Records for gates: what an edge asks for, as real statements in a real store, each part changeable."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from proveout.catalogue.catalogue import load
from proveout.evidence.artifact import Artifact
from proveout.evidence.envelope import signed
from proveout.evidence.instant import written
from proveout.evidence.reading import facts_of_run, read_run
from proveout.evidence.statement import EXTENSION, Attempt, Record, statement
from proveout.evidence.store import Entry, Store
from proveout.gates.approvals import approve
from proveout.gates.decide import decide, decide_on_record
from proveout.gates.decision import Decision
from proveout.gates.ledger import Ledger
from proveout.model.verdict import Verdict, Word

CHECKOUT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NEW, OLD, OTHER = "a1" * 32, "b2" * 32, "c3" * 32  # digests of three artifacts
VERSIONS = {
    "gaia": {"dev": "dev-latest", "staging": "staging-latest", "prod": "1.0.0"},
    "ceesar": {"dev": "1.4.2", "gamma": "1.4.2", "prod": "1.4.1"},
}
EDGES = ("gaia/dev-staging", "gaia/staging-prod", "ceesar/dev-gamma", "ceesar/gamma-prod")
FIGURES = {"visits": 600, "errors": 0, "p95": 0.2}
FILES = ("*.toml", "*.md", "*/environment.toml", "config/env.*", "*/GAIA_GO.env")


Alter = Callable[[str, dict[str, Any]], dict[str, Any] | None]


def _as_it_is(_environment: str, run: dict[str, Any]) -> dict[str, Any]:
    return run


class Gatekeeping:
    """Definitions of one system in a folder of their own, a store beside them, and a clock."""

    def __init__(self, folder: Path, system: str, *, key: Any = None) -> None:
        self.folder = folder
        self.system = system
        self.environments = folder / "environments"
        self.directory = self.environments / system
        self.store = Store(folder / "evidence")
        self.now = NOW
        self.key = key
        self.alter: Alter = _as_it_is
        self._runs = 0
        origin = CHECKOUT / "environments" / system
        for pattern in FILES:
            for file in sorted(origin.glob(pattern)):
                place = self.directory / file.relative_to(origin)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, place)
        gates = self.directory / "gates.toml"
        gates.write_text(gates.read_text().replace("adopted = []", f'adopted = ["sha256:{OLD}", "1.4.1"]'))
        if key is not None:
            (self.directory / "keys").mkdir()
            (self.directory / "keys" / "ci.pub").write_bytes(key.public.pem)
        self.catalogue = load(self.environments)

    def reload(self) -> None:
        """Read the definitions again, as a new process would."""
        self.catalogue = load(self.environments)

    def ago(self, **span: float) -> datetime:
        """Return a time before now."""
        return self.now - timedelta(**span)

    def claims(self, environment: str, *tiers: str, proof: str = "live") -> tuple[str, ...]:
        """Return the claims of tiers about an environment that are proven the one way or the other."""
        checkable = self.catalogue.systems[self.system].checkable(environment)
        return tuple(c.id for c in checkable if c.tier in tiers and c.proof == proof)

    def statement(
        self,
        environment: str,
        proven: tuple[str, ...] = (),
        *,
        failed: tuple[str, ...] = (),
        unverified: tuple[str, ...] = (),
        provenance: str = "live",
        artifact: str | None = NEW,
        version: str | None = "",
        ended: datetime | None = None,
        lasted: timedelta = timedelta(minutes=10),
        served: tuple[str, ...] = (),
        troubles: tuple[dict[str, str], ...] = (),
        **changes: Any,
    ) -> dict[str, Any]:
        """Return the statement of a run; `changes` are keys of its extension."""
        self._runs += 1
        end = ended or self.now
        word = Word.FAIL if failed else Word.HOLD if troubles or not proven else Word.PASS
        attempts = [
            Attempt(f"suites/test_x.py::{c}", (c,), "passed", 0.1, "", FIGURES) for c in proven + served
        ]
        attempts += [Attempt(f"suites/test_x.py::{c}", (c,), "failed", 0.1, "it is not so") for c in failed]
        whole = len(proven) + len(failed) + len(unverified)
        record = Record(
            run=f"{end:%Y%m%d-%H%M%S}-{self._runs:04x}",
            environment=self.catalogue.environments[f"{self.system}/{environment}"],
            provenance=provenance,
            url="http://127.0.0.1:8080",
            said={
                "environment": environment,
                "version": VERSIONS[self.system][environment] if version == "" else version,
            },
            moved={},
            begun=end - lasted,
            ended=end,
            selection={"env": [], "markers": "", "keywords": ""},
            verdict=Verdict(word, len(proven), whole, ("1 failed",) if failed else ()),
            proven=proven,
            failed={claim: ["it is not so"] for claim in failed},
            unverified=dict.fromkeys(unverified, "no machine access"),
            attempts=tuple(attempts),
            requests=5,
            artifact=Artifact(artifact, "read" if artifact else "none", "bin"),
            log={
                "from": written(end - timedelta(days=6)),
                "to": written(end),
                "live": True,
                "critical": 0,
                "examples": [],
                "how": "written to during the run",
            },
            origin={"commit": "d4" * 20, "merge": True, "line": "staging"},
            by="ann",
            troubles=troubles,
        )
        content = statement(record, self.folder)
        content["predicate"][EXTENSION] |= {"suite": {"commit": "e5" * 20, "changed": False}} | changes
        return content

    def put(self, content: dict[str, Any], *, now: datetime | None = None) -> Entry:
        """Store the statement of a run as the end of that run would."""
        payload = json.dumps(content, indent=2).encode()
        run = read_run(payload)
        ended = datetime.strptime(run.ended, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        body = signed(payload, self.key) if self.key else payload
        return self.store.add("run", body, facts_of_run(run), now=now or ended)

    def run(self, environment: str, proven: tuple[str, ...] = (), **changes: Any) -> Entry | None:
        """Store a run, unless `alter` drops it; see `statement`."""
        altered = self.alter(environment, {"proven": proven} | changes)
        return None if altered is None else self.put(self.statement(environment, **altered))

    def tiers(self, environment: str, *tiers: str, ended: datetime, **changes: Any) -> None:
        """Store a live run and one of a copy that together prove tiers of an environment."""
        live, twin = self.claims(environment, *tiers), self.claims(environment, *tiers, proof="twin")
        self.run(environment, live, ended=ended, **changes)
        if twin:
            self.run(environment, twin, ended=ended + timedelta(minutes=20), provenance="twin", **changes)

    def decide(self, edge: str, **options: Any) -> Decision:
        """Decide without writing anything."""
        return decide(
            self.catalogue, self.catalogue.gate(f"{self.system}/{edge}"), self.store, now=self.now, **options
        )

    def decide_on_record(self, edge: str, *, now: datetime | None = None, **options: Any) -> Decision:
        """Decide and record it."""
        gate = self.catalogue.gate(f"{self.system}/{edge}")
        found, _ = decide_on_record(
            self.catalogue, gate, self.store, now=now or self.now, key=self.key, **options
        )
        return found

    def ready(self, edge: str) -> None:
        """Store everything that lets the new version take an edge."""
        {
            "gaia/dev-staging": self._gaia_staging,
            "gaia/staging-prod": self._gaia_prod,
            "ceesar/dev-gamma": self._ceesar_gamma,
            "ceesar/gamma-prod": self._ceesar_prod,
        }[f"{self.system}/{edge}"]()

    def _gaia_staging(self, days: float = 0) -> None:
        self.run("staging", self.claims("staging", "smoke"), ended=self.ago(days=days, hours=5), artifact=OLD)
        tiers = ("smoke", "regression", "integration")
        self.tiers("dev", *tiers, ended=self.ago(days=days, hours=3))

    def _gaia_prod(self) -> None:
        self._gaia_staging(days=5)
        self.decide_on_record("dev-staging", now=self.ago(days=5))
        tiers = ("smoke", "regression", "integration", "load")
        self.tiers("staging", *tiers, ended=self.ago(days=4), served=("GAIA-STG-LOADTEST",))
        rollback = ("GAIA-PROMO-ROLLBACK",)
        self.run("prod", rollback, ended=self.ago(days=3), provenance="twin")
        begun, ended = self.ago(days=2, hours=4), self.ago(days=1)
        self.run(
            "staging",
            self.claims("staging", "soak"),
            ended=ended,
            lasted=ended - begun,
            soak={
                "word": "PASS",
                "begun": written(begun),
                "ended": written(ended),
                "slots": 1680,
                "filled": 1678,
                "elapsed": 1678 * 60.0,
                "longest_gap": 60.0,
                "versions": 1,
                "restarts": 0,
            },
        )
        for name, artifact in (("dev", OTHER), ("prod", OLD), ("staging", NEW)):
            self.run(name, self.claims(name, "smoke"), ended=self.ago(hours=3), artifact=artifact)

    def _ceesar_gamma(self, days: float = 0) -> None:
        self.tiers("dev", "smoke", "regression", ended=self.ago(days=days, hours=3))

    def _ceesar_prod(self) -> None:
        self._ceesar_gamma(days=4)
        self.decide_on_record("dev-gamma", now=self.ago(days=4))
        tiers = ("smoke", "regression", "integration", "load")
        self.tiers("gamma", *tiers, ended=self.ago(days=2), served=("CC-TEST-PERF",))
        self.run("prod", self.claims("prod", "smoke"), ended=self.ago(hours=3), artifact=OLD)
        self.approve("gamma-prod", now=self.ago(hours=2))

    def approve(self, edge: str, *, now: datetime) -> None:
        """Record a consent to what is in question."""
        approve(
            self.catalogue,
            self.catalogue.gate(f"{self.system}/{edge}"),
            self.ledger(now),
            by="Bea Boss",
            authors=["Ann Author"],
            reason="read and agreed upon in the weekly meeting",
        )

    def ledger(self, now: datetime) -> Ledger:
        """Return what people put on record with, at a time."""
        return Ledger(self.store, self.catalogue.systems[self.system], self.key, now)


def stated(content: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a statement with keys of its extension changed."""
    content["predicate"][EXTENSION] |= changes
    return content
