from pathlib import Path

import pytest

from proveout.catalogue.catalogue import load
from proveout.model.mistake import UserError

ENVIRONMENTS = Path(__file__).parents[2] / "environments"


@pytest.fixture(scope="module")
def real():
    return load(ENVIRONMENTS)


def ids(environments):
    return [environment.id for environment in environments]


def test_the_definitions_of_this_repository_hold_together(real):
    assert set(real.systems) == {path.parent.name for path in ENVIRONMENTS.glob("*/system.toml")}
    for system in real.systems.values():
        assert list(system.environments) == list(system.order)
        assert system.claims


def test_every_environment_of_this_repository_has_its_own_name_and_claims(real):
    for environment in real.environments.values():
        assert environment.directory == ENVIRONMENTS / environment.system / environment.name
        assert real.system_of(environment).checkable(environment.name)


def test_every_claim_is_found_by_its_id(real):
    for system in real.systems.values():
        for claim in system.claims:
            assert real.claim(claim.id) is claim
    assert real.claim("CC-NOBODY") is None


def test_only_claims_a_check_can_verify_are_checkable(definitions):
    rule = {
        key: value for key, value in definitions.claims[0].items() if key not in {"tier", "proof", "scope"}
    }
    definitions.claims += [
        rule | {"id": "CC-RULE", "kind": "rule"},
        definitions.claims[0] | {"id": "CC-DEV", "environments": ["dev"]},
    ]
    system = definitions.load().systems["ceesar"]
    assert [claim.id for claim in system.checkable("dev")] == ["CC-HL-STATUS", "CC-DEV"]
    assert [claim.id for claim in system.checkable("prod")] == ["CC-HL-STATUS"]


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["dev"], ["ceesar/dev"]),
        (["ceesar/prod"], ["ceesar/prod"]),
        (["ceesar"], ["ceesar/dev", "ceesar/prod"]),
        (["all"], ["ceesar/dev", "ceesar/prod"]),
        (["prod", "dev"], ["ceesar/dev", "ceesar/prod"]),
        (["dev", "dev", "ceesar/dev"], ["ceesar/dev"]),
        ([], []),
    ],
    ids=str,
)
def test_environments_are_chosen_by_name_in_the_order_of_promotion(definitions, names, chosen):
    assert ids(definitions.load().select(names)) == chosen


def test_one_name_chooses_the_environments_of_all_systems_that_have_it(real):
    expected = [i for i in real.environments if i.endswith("/prod")]
    assert ids(real.select(["prod"])) == expected


@pytest.mark.parametrize(
    ("name", "near"), [("prd", "prod"), ("ceesar/pord", "ceesar/prod"), ("cesar", "ceesar"), ("Dev", "dev")]
)
def test_an_unknown_name_offers_near_ones(definitions, name, near):
    with pytest.raises(UserError) as caught:
        definitions.load().select(["dev", name])
    first, known, *_ = str(caught.value).splitlines()
    assert first.startswith(f'--env={name}: there is no environment "{name}"; did you mean ')
    assert near in first
    assert known == "  known: all, ceesar, dev, ceesar/dev, prod, ceesar/prod"


@pytest.mark.parametrize("name", ["", "xyzzy", "ceesar/", "/dev", "*", "ALL"])
def test_a_name_that_means_nothing_is_refused(definitions, name):
    with pytest.raises(UserError, match="there is no environment"):
        definitions.load().select([name])
