"""The runs a gate asks for: all it needs, as few as do it, and nothing on environments nobody asked about."""

import pytest

from machinery.gatekeeping import CHECKOUT
from proveout.catalogue.catalogue import load
from proveout.gates.parts import Need, needs, not_run, on_declared_ports, parts

CATALOGUE = load(CHECKOUT / "environments")
EDGES = [gate.id for system in CATALOGUE.systems.values() for gate in system.gates.edges.values()]


def of(edge, *, rehearsal=False, **options):
    gate = CATALOGUE.gate(edge)
    system = CATALOGUE.systems[gate.system]
    return parts(system, needs(system, gate, rehearsal=rehearsal, **options))


def words(found):
    return [" ".join(part.words) for part in found]


@pytest.mark.parametrize("rehearsal", [True, False])
@pytest.mark.parametrize("edge", EDGES)
def test_every_claim_that_a_rule_asks_about_has_a_run_with_all_environments_it_names(edge, rehearsal):
    gate = CATALOGUE.gate(edge)
    system = CATALOGUE.systems[gate.system]
    found = of(edge, rehearsal=rehearsal)
    asked = 0
    for rule in gate.rules:
        if rule.needs not in {"tier", "claims"}:
            continue
        environment = rule.environment or gate.begin
        claims = (
            [c for c in system.checkable(environment) if c.tier == rule.tier]
            if rule.needs == "tier"
            else [system.by_claim[claim] for claim in rule.claims]
        )
        for claim in claims:
            names = {environment, *(claim.environments if claim.scope == "together" else ())}
            proving = [
                part
                for part in found
                if claim.tier in part.tiers
                and names <= set(part.environments)
                and part.twin == (claim.proof == "twin" and not rehearsal)
                and f"{gate.system}/{environment}" in part.about
            ]
            assert proving, claim.id
            asked += 1
    assert asked > 10


@pytest.mark.parametrize("rehearsal", [True, False])
@pytest.mark.parametrize("edge", EDGES)
def test_no_run_is_there_twice_and_none_is_a_soak(edge, rehearsal):
    found = of(edge, rehearsal=rehearsal)
    assert len(set(words(found))) == len(found) <= 5
    assert not any("soak" in part.tiers for part in found)


def test_a_rehearsal_needs_few_runs_and_no_twin():
    assert words(of("gaia/staging-prod", rehearsal=True)) == [
        "--env=gaia -m smoke or regression or integration",
        "--env=gaia/staging -m load",
    ]
    assert words(of("ceesar/dev-gamma", rehearsal=True)) == ["--env=ceesar -m smoke or regression"]


def test_a_live_gate_puts_load_only_on_the_environment_in_question():
    loaded = [part.ids for part in of("gaia/staging-prod") if "load" in part.tiers]
    assert loaded == [("gaia/staging",)]


def test_monitoring_is_met_by_runs_that_are_there_anyway():
    first = of("gaia/staging-prod")[0]
    assert first.about == ("gaia/dev", "gaia/staging", "gaia/prod")
    assert "smoke" in first.tiers


def test_what_came_to_the_far_end_is_looked_at_unless_it_is_a_rehearsal():
    assert "gaia/staging" in of("gaia/dev-staging")[0].about
    assert all(part.about == ("gaia/dev",) for part in of("gaia/dev-staging", rehearsal=True))


def test_after_a_recovery_its_whole_smoke_tier_is_asked_for():
    def asked(**options):
        return [p for p in of("gaia/staging-prod", **options) if p.twin and "gaia/prod" in p.about]

    assert not any("smoke" in part.tiers for part in asked())
    assert any("smoke" in part.tiers for part in asked(recovered={"gaia/prod"}))
    assert not any("smoke" in part.tiers for part in asked(recovered={"gaia/dev"}))


def test_live_runs_come_before_twins():
    kinds = [part.twin for part in of("gaia/staging-prod")]
    assert kinds == sorted(kinds)
    assert "--env-twin" in words(of("gaia/staging-prod"))[-1]


def test_a_soak_is_not_run_but_named():
    gaia = CATALOGUE.systems["gaia"]
    assert not_run(gaia, CATALOGUE.gate("gaia/staging-prod")) == {
        "The version ran 24 hours in staging": "pytest --env=gaia/staging -m soak"
    }
    assert not_run(gaia, CATALOGUE.gate("gaia/dev-staging")) == {}


def test_a_wider_run_of_the_same_tier_serves_a_narrower_need():
    system = CATALOGUE.systems["gaia"]
    wide = Need("staging", "smoke", frozenset({"dev", "staging", "prod"}), twin=False)
    narrow = Need("dev", "smoke", frozenset({"dev"}), twin=False)
    other = Need("dev", "regression", frozenset({"dev"}), twin=False)
    assert words(parts(system, [narrow, wide])) == ["--env=gaia -m smoke"]
    assert words(parts(system, [narrow, wide, other])) == [
        "--env=gaia -m smoke",
        "--env=gaia/dev -m regression",
    ]
    assert parts(system, [narrow, wide])[0].about == ("gaia/dev", "gaia/staging")


def test_copies_that_are_declared_on_one_port_run_once_more_for_themselves():
    found = of("ceesar/gamma-prod", rehearsal=True)
    assert words(on_declared_ports(found, lambda part: len(part.environments) > 1)) == [
        "--env=ceesar -m smoke or integration",
        "--env=ceesar/gamma --env=ceesar/prod -m regression",
        "--env=ceesar/gamma --env-ports declared -m load",
        "--env=ceesar/gamma --env-ports declared -m smoke or regression or integration",
    ]


def test_copies_that_do_not_clash_are_on_their_declared_ports_at_once():
    found = of("gaia/dev-staging", rehearsal=True)
    assert words(on_declared_ports(found, lambda _: False)) == [
        "--env=gaia --env-ports declared -m smoke or integration",
        "--env=gaia/dev --env-ports declared -m regression",
    ]
