"""One run: obtains the targets, remembers what was found, and comes to the verdicts."""

import os
import secrets
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from proveout.access.answer import Unreachable, Wrong
from proveout.access.http import Http
from proveout.access.machine import Machine
from proveout.catalogue.catalogue import Catalogue, load
from proveout.evidence.artifact import Artifact
from proveout.model.environment import Environment
from proveout.model.mistake import UserError, shown
from proveout.model.verdict import Word
from proveout.plugin.census import Census, Judgement, Trouble, TroubleKind
from proveout.plugin.check import Check
from proveout.plugin.places import evidence_folder, key_of, reports_folder
from proveout.plugin.soak_wish import soak_wish
from proveout.plugin.wishes import wishes_of
from proveout.providers.plan import Plan, Wishes, plans
from proveout.providers.process import Copy
from proveout.providers.reaper import Started
from proveout.providers.target import Target
from proveout.safety.guard import Guard, Refused
from proveout.safety.identity import Identity, read
from proveout.safety.lease import Lease
from proveout.safety.policy import Policy
from proveout.safety.redaction import Redaction

if TYPE_CHECKING:
    from proveout.evidence.key import Key

NOT_VERIFYING = ("collectonly", "env_plan", "markers", "showfixtures", "show_fixtures_per_test")


class Run:
    """The state of a run; the hooks that change it live in the modules beside this one."""

    def __init__(
        self, config: pytest.Config, catalogue: Catalogue, wishes: Wishes, found: list[Plan]
    ) -> None:
        self.config = config
        self.catalogue = catalogue
        self.wishes = wishes
        self.plans = found
        self.begun = datetime.now(UTC)
        self.reports = reports_folder(config)
        handed = getattr(config, "workerinput", {}).get("proveout", {})
        self.id: str = handed.get("run", f"{self.begun:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}")
        self.targets: dict[str, Target] = {}
        self.copies: list[Copy] = []
        self.guards: dict[str, Guard] = {}
        self.identities: dict[str, Identity] = {}
        self.checks: dict[str, Check] = {}
        self.blocked: dict[str, Trouble] = {}
        self.troubles: dict[str, list[Trouble]] = {}
        self.only_reads: set[str] = set(handed.get("only_reads", ()))
        self.refused_calls: dict[str, list[str]] = {}
        self.requests_of_workers: Counter[str] = Counter()
        self.requests_of_loads: Counter[str] = Counter()
        self.reaped: list[Started] = []
        self.census = Census()
        self.judged: dict[str, Judgement] = {}
        self.leases: list[Lease] = []
        self.key: Key | None = None
        self.artifacts: dict[str, Artifact] = {}
        self.logs: dict[str, dict[str, Any]] = {}
        self.origins: dict[str, dict[str, Any]] = {}
        self.twins: dict[str, dict[str, Any]] = {}
        self._pools: dict[str, Http] = {}
        self._machines: dict[str, Machine] = {}
        self.redaction = Redaction.of(plan.environment for plan in found)
        for environment_id, handle in handed.get("targets", {}).items():
            self.targets[environment_id] = Target.from_handle(catalogue.environments[environment_id], handle)
        for environment_id, (word, reason, kind) in handed.get("blocked", {}).items():
            self.blocked[environment_id] = Trouble(Word(word), reason, kind)

    @property
    def folder(self) -> Path:
        """Return the folder of the run below the reports."""
        return Path(self.reports / self.id)

    @property
    def verifies(self) -> bool:
        """Return whether this run verifies anything, instead of listing or planning."""
        return not any(getattr(self.config.option, name, False) for name in NOT_VERIFYING)

    @property
    def judgements(self) -> list[Judgement]:
        """Return the judgements of the run, in the order of its environments."""
        return list(self.judged.values())

    @property
    def is_worker(self) -> bool:
        """Return whether this process only works for the one that obtained the targets."""
        return hasattr(self.config, "workerinput")

    def plan_of(self, environment_id: str) -> Plan:
        """Return how an environment of the run is obtained."""
        return next(plan for plan in self.plans if plan.environment.id == environment_id)

    def folder_of(self, environment: Environment) -> Path:
        """Return the folder of one environment within the run."""
        return self.folder / environment.id.replace("/", "-")

    @property
    def store(self) -> Path:
        """Return the folder of the evidence store."""
        return evidence_folder(self.config)

    @property
    def folder_of_leases(self) -> Path:
        """Return the folder in which runs say that they work on a live environment."""
        configured = self.config.getini("proveout_leases")
        return (
            Path(self.config.rootpath / configured)
            if configured
            else Path(tempfile.gettempdir()) / f"proveout-leases-{os.getuid()}"
        )

    def guard(self, target: Target) -> Guard:
        """Return the guard of a target; there is one for the whole run."""
        known = self.guards.get(target.environment.id)
        if known is None:
            known = Guard(Policy.of(target), target.environment.budgets)
            self.guards[target.environment.id] = known
        return known

    @contextmanager
    def http(self, target: Target, item: pytest.Item | None = None, *, port: str = "port") -> Iterator[Http]:
        """Give access to a listener of a target, guarded as the check that asks for it is marked."""
        guard = self.guard(target)
        key = f"{target.environment.id}:{port}"
        http = self._pools.get(key)
        if http is None:
            url = target.url if port == "port" else target.url_of(port)
            http = self._pools[key] = Http(url, guard)
        check = self.checks.get(item.nodeid) if item else None
        with guard.acting_as(check.effect if check else "reads"):
            yield http

    def machine(self, target: Target) -> Machine:
        """Return the machine of a target that has one at hand; there is one for the whole run."""
        known = self._machines.get(target.environment.id)
        if known is None:
            known = self._machines[target.environment.id] = Machine.of(target)
        return known

    def identify(self, target: Target) -> Identity:
        """Ask a target who it is."""
        with self.http(target) as http:
            return self.identity_at(http, target.environment)

    def identity_at(self, http: Http, environment: Environment) -> Identity:
        """Ask whoever answers there who it is."""
        where = self.catalogue.system_of(environment).identity
        try:
            answer = http.get(where.path)
        except Refused as error:  # the run's budget is used up
            return Identity(trouble=str(error))
        except Wrong as error:
            return Identity(trouble=str(error), reachable=not isinstance(error, Unreachable))
        try:
            content = answer.ok().json()
        except Wrong as error:
            return Identity(trouble=str(error))
        return read(content, where.environment_field, where.version_field)

    def trouble(self, environment: str, word: Word, reason: str, *, kind: TroubleKind = "") -> Trouble:
        """Remember what is wrong with a target as a whole."""
        found = Trouble(word, reason, kind)
        self.troubles.setdefault(environment, []).append(found)
        return found

    def handed_to_workers(self) -> dict[str, Any]:
        """Return what workers need to work on the same targets, as JSON values."""
        return {
            "run": self.id,
            "targets": {i: target.handle() for i, target in self.targets.items()},
            "blocked": {i: [t.word.value, t.reason, t.kind] for i, t in self.blocked.items()},
            "only_reads": sorted(self.only_reads),
        }

    def close(self) -> None:
        """Close all connections."""
        for http in self._pools.values():
            http.close()
        self._pools.clear()
        for machine in self._machines.values():
            machine.close()
        self._machines.clear()
        if "proveout.access.browser" in sys.modules:  # a run without checks of pages never loaded it
            sys.modules["proveout.access.browser"].close()


def configure(config: pytest.Config) -> None:
    """Read the definitions and options, and register the run with pytest.

    Raises:
        pytest.UsageError: an option or definition is wrong, or reports cannot be written.
    """
    from proveout.plugin.reporting import Reporting  # noqa: PLC0415 - these import this module
    from proveout.plugin.selection import Selection  # noqa: PLC0415
    from proveout.plugin.soak import Soaks  # noqa: PLC0415
    from proveout.plugin.targets import Targets  # noqa: PLC0415

    if sys.flags.optimize:
        raise pytest.UsageError(
            "Python runs with -O (or PYTHONOPTIMIZE): assertions do nothing, so every check would pass\n"
            "next: run again without it"
        )
    try:
        catalogue = load(config.rootpath / config.getini("proveout_environments"))
        environments = catalogue.select(config.option.env)
        wishes = wishes_of(config, environments)
        soak = soak_wish(config, environments, catalogue.systems)
        run = Run(config, catalogue, wishes, plans(environments, wishes))
        if run.verifies and not run.is_worker:
            run.key = key_of(config)
            _make_folder(run.folder)
            _direct_reports(config, run.folder)
    except UserError as error:
        raise pytest.UsageError(str(error)) from None
    selection = Selection(run)
    run.census.collected = selection.collected
    config.pluginmanager.register(run, "proveout-run")
    config.pluginmanager.register(selection, "proveout-selection")
    config.pluginmanager.register(Soaks(run, soak), "proveout-soaks")
    config.pluginmanager.register(Targets(run), "proveout-targets")
    config.pluginmanager.register(Reporting(run), "proveout-reporting")
    if run.is_worker:
        from proveout.plugin.turns import Turns  # noqa: PLC0415 - workers only

        config.pluginmanager.register(Turns(run.folder / "turns"), "proveout-turns")
    if run.verifies and config.pluginmanager.hasplugin("allure_pytest"):
        from proveout.plugin.allure import Allure  # noqa: PLC0415 - only where Allure writes results

        config.pluginmanager.register(Allure(run), "proveout-allure")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True)
        (folder / ".writable").touch()
        (folder / ".writable").unlink()
    except OSError as error:
        raise UserError(
            f"{shown(folder.parent)}: reports cannot be written there ({error.strerror})\n"
            "  a verdict without its record is none, so nothing was started\n"
            "next: make the folder writable, or set proveout_reports in the pytest configuration"
        ) from error


def _direct_reports(config: pytest.Config, folder: Path) -> None:
    if not config.option.xmlpath:
        config.option.xmlpath = str(folder / "junit.xml")
