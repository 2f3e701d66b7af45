"""gates.toml: every mistake is named, and a rule of the documents that nobody decides is one."""

import copy

import pytest
import tomli_w

from proveout.catalogue.catalogue import load
from proveout.model.mistake import DefinitionError, UserError

RULE = {"id": "CC-CHK-SMOKE", "says": "smoke tests pass", "section": "Checklist", "environments": ["dev"]}
RULE |= {"kind": "rule", "verified_by": "gate"}
GATES = {
    "never_waived": ["CC-HL-STATUS"],
    "dev-prod": {
        "from": "dev",
        "to": "prod",
        "within": "7d",
        "rule": [{"says": "smoke", "needs": "tier", "tier": "smoke", "decides": ["CC-CHK-SMOKE"]}],
    },
}


@pytest.fixture
def gates(definitions):
    """A function that writes gates.toml as a test changes it, and reads all definitions."""
    definitions.claims.append(RULE)
    content = copy.deepcopy(GATES)

    def gates(change=lambda _: None):
        change(content)
        definitions.write()
        (definitions.folder / "gates.toml").write_text(tomli_w.dumps(content))
        return load(definitions.root)

    return gates


def test_an_edge_is_read_with_its_rules(gates):
    edge = gates().gate("dev-prod")
    assert (edge.id, edge.begin, edge.end, edge.within) == ("ceesar/dev-prod", "dev", "prod", 7 * 86400)
    assert [rule.needs for rule in edge.rules] == ["tier"]
    assert edge.committed


def first(content):
    return content["dev-prod"]["rule"][0]


MISTAKES = {
    "never_waived": (lambda c: c.pop("never_waived"), "missing or no list"),
    "a claim never waived that is none": (lambda c: c["never_waived"].append("CC-HL-STATSU"), "did you mean"),
    "an edge that is no table": (lambda c: c.update({"dev-prod": 3}), "write every edge as a table"),
    "an edge that is no step": (lambda c: c["dev-prod"].update(to="dev"), "from and to are both dev"),
    "an edge by another name": (lambda c: c.update({"prod-dev": c.pop("dev-prod")}), "not a step of"),
    "an edge backwards": (lambda c: c["dev-prod"].update({"from": "prod", "to": "dev"}), "The steps are"),
    "no age": (lambda c: c["dev-prod"].pop("within"), "missing; add it"),
    "an age that is none": (lambda c: c["dev-prod"].update(within="long"), "not a duration"),
    "no rules": (lambda c: c["dev-prod"].update(rule=[]), "at least 1"),
    "rules that are no tables": (lambda c: c["dev-prod"].update(rule=3), "write every rule as a table"),
    "an unknown key": (lambda c: c["dev-prod"].update(witin="3d"), "did you mean within"),
    "an unknown rule": (lambda c: first(c).update(needs="teir"), "did you mean tier"),
    "an unknown key of a rule": (lambda c: first(c).update(teir="smoke"), "did you mean tier"),
    "a tier that is none": (lambda c: first(c).update(tier="smokey"), "'smoke'"),
    "an environment that is none": (lambda c: first(c).update(environment="pord"), "did you mean prod"),
    "a decided claim that is none": (lambda c: first(c).update(decides=["CC-CHK-SMOK"]), "did you mean"),
    "a decided claim of kind check": (
        lambda c: first(c)["decides"].append("CC-HL-STATUS"),
        "a gate decides claims of kind rule",
    ),
    "a rule nobody decides": (lambda c: first(c).update(decides=[]), "no rule decides: CC-CHK-SMOKE"),
    "a system": (lambda c: c["dev-prod"].update(system="gaia"), "without system"),
    "claims of kind rule to be proven": (
        lambda c: c["dev-prod"]["rule"].append({"says": "x", "needs": "claims", "claims": ["CC-CHK-SMOKE"]}),
        "only claims of kind check are proven",
    ),
}


@pytest.mark.parametrize(("change", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_every_mistake_is_named(gates, change, sentence):
    with pytest.raises(DefinitionError) as found:
        gates(change)
    assert sentence in str(found.value)
    assert "gates.toml" in str(found.value)


def test_a_system_without_gates_is_a_whole_system(definitions):
    definitions.claims.append(RULE)
    catalogue = definitions.load()
    assert catalogue.systems["ceesar"].gates is None
    with pytest.raises(UserError, match="there is no gate"):
        catalogue.gate("dev-prod")


def test_an_unknown_gate_is_answered_with_those_that_are_like_it(gates):
    with pytest.raises(UserError, match="did you mean ceesar/dev-prod"):
        gates().gate("ceesar/dev-pord")


@pytest.mark.parametrize("name", ["gates copy.toml", "gates.toml.bak", "dev/environment.toml~", "dev/x.toml"])
def test_a_file_that_looks_like_a_definition_and_is_read_by_nobody_is_a_mistake(gates, definitions, name):
    gates()
    (definitions.folder / name).write_text("")
    with pytest.raises(DefinitionError, match="so nobody reads it"):
        load(definitions.root)
