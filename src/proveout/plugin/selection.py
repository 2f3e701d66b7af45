"""Binds checks to the selected environments, and sets aside what cannot or may not run here."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from proveout.model.claim import TIERS
from proveout.model.mistake import near
from proveout.plugin.aside import set_aside
from proveout.plugin.check import (
    SYSTEM_FIXTURES,
    TOGETHER_FIXTURES,
    Check,
    binds,
    check_of,
    claim_ids,
    tier_of,
)
from proveout.plugin.collected import Collected

if TYPE_CHECKING:
    from proveout.plugin.run import Run

NOT_CONCERNED = "not-concerned"


class Selection:
    """The collection hooks of a run."""

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.collected = Collected()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Give a check one value for each selected environment it concerns."""
        names = set(metafunc.fixturenames)
        about = claim_ids(metafunc.definition, "verifies") + claim_ids(metafunc.definition, "serves")
        if "together" in names:
            system = next((s for fixture, s in TOGETHER_FIXTURES.items() if fixture in names), None)
            systems = [
                s for s in self.run.catalogue.systems if s == system or (not system and self._of(about, s))
            ]
            metafunc.parametrize("together", systems or [NOT_CONCERNED], indirect=True)
        elif "environment" in names:
            bound = {system for fixture, system in SYSTEM_FIXTURES.items() if fixture in names}
            chosen = [
                plan.environment.id
                for plan in self.run.plans
                if (not bound or plan.environment.system in bound)
                and self._concerns(about, plan.environment.id)
            ]
            metafunc.parametrize("environment", chosen or [NOT_CONCERNED], indirect=True, scope="session")

    def _of(self, about: tuple[str, ...], system: str) -> bool:
        return any(claim in self.run.catalogue.systems[system].by_claim for claim in about)

    def _concerns(self, about: tuple[str, ...], environment_id: str) -> bool:
        system, _, name = environment_id.partition("/")
        known = [self.run.catalogue.claim(claim) for claim in about]
        claims = [claim for claim in known if claim is not None]
        own = self.run.catalogue.systems[system].by_claim
        return not claims or any(name in claim.environments and claim.id in own for claim in claims)

    @pytest.hookimpl(wrapper=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> Iterator[None]:
        """Learn the markers of all claims, let pytest select, then sort what is left."""
        self._require_claims([item for item in items if binds(item)])
        for item in items:
            for claim in claim_ids(item, "verifies"):
                self.collected.marks[claim] = sorted(mark.name for mark in item.iter_markers())
        yield
        running: list[pytest.Item] = []
        dropped: list[pytest.Item] = []
        for item in items:
            (running if self._runs(item) else dropped).append(item)
        items[:] = running
        if dropped:
            config.hook.pytest_deselected(items=dropped)

    def _require_claims(self, items: list[pytest.Item]) -> None:
        for item in items:
            about = claim_ids(item, "verifies") + claim_ids(item, "serves")
            if not about:
                raise pytest.UsageError(
                    f"{item.nodeid}: the check names no claim, so its result would prove nothing\n"
                    'next: decorate it with @verifies("...") from proveout; proveout claims lists the ids'
                )
            if tier_of(item) is None:
                raise pytest.UsageError(
                    f"{item.nodeid}: the check has no tier\nnext: mark it with one of {', '.join(TIERS)}"
                )
            for claim in about:
                self._require_known(item, claim)

    def _require_known(self, item: pytest.Item, claim: str) -> None:
        known = self.run.catalogue.claim(claim)
        if known is None:
            ids = [c.id for system in self.run.catalogue.systems.values() for c in system.claims]
            raise pytest.UsageError(
                f'{item.nodeid}: there is no claim "{claim}"{near(claim, ids)}\nnext: proveout claims'
            )
        if claim in claim_ids(item, "verifies") and known.kind != "check":
            raise pytest.UsageError(
                f"{item.nodeid}: {claim} is of kind {known.kind}, a check cannot verify it\n"
                "next: use @serves for a rule that the check works for"
            )
        if known.tier and known.tier != tier_of(item):
            raise pytest.UsageError(
                f"{item.nodeid}: marked {tier_of(item)}, but {claim} belongs to the tier {known.tier}\n"
                "next: give the check the marker of its claim"
            )

    def _runs(self, item: pytest.Item) -> bool:
        if not binds(item):
            return False
        params = item.callspec.params  # type: ignore[attr-defined]
        if NOT_CONCERNED in params.values():
            return False
        if tier_of(item) == "soak" and "soak" not in (self.run.config.option.markexpr or ""):
            return False
        self.collected.matched += 1
        environments = self._environments(item, params)
        check = self._about(check_of(item, tuple(environments)))
        aside = set_aside(check, self.run)
        if aside is not None:
            self.collected.aside.append(aside)
            return False
        self.collected.selected.append(check)
        self.run.checks[item.nodeid] = check
        return True

    def _about(self, check: Check) -> Check:
        """Return the check with those of its claims that are about the environments it works on."""

        def concerned(claim: str) -> bool:
            known = self.run.catalogue.claim(claim)
            names = {environment.partition("/")[2] for environment in check.environments}
            return known is None or bool(names & set(known.environments))

        claims = [known for claim in check.about if (known := self.run.catalogue.claim(claim))]
        system = check.environments[0].partition("/")[0]
        alone = any(claim.scope == "together" and len(claim.environments) == 1 for claim in claims)
        # That something is so in one environment only is seen in all of them.
        everywhere = self.run.catalogue.systems[system].order if alone else ()
        return replace(
            check,
            beside=tuple(i for name in everywhere if (i := f"{system}/{name}") not in check.environments),
            claims=tuple(claim for claim in check.claims if concerned(claim)),
            serves=tuple(claim for claim in check.serves if concerned(claim)),
        )

    def _environments(self, item: pytest.Item, params: dict[str, str]) -> list[str]:
        if "environment" in params:
            return [params["environment"]]
        system = params["together"]
        named = {
            name
            for claim in claim_ids(item, "verifies")
            for name in self.run.catalogue.systems[system].by_claim[claim].environments
        }
        return [f"{system}/{name}" for name in self.run.catalogue.systems[system].order if name in named]
