"""Missing and unknown keys."""

import pytest

FILE = "environments/ceesar/dev/environment.toml"


@pytest.mark.parametrize(
    "table",
    ["identity", "network", "configuration", "cors", "executor", "limits", "flags", "logs", "effects"],
)
def test_a_missing_table_is_named(definitions, table):
    del definitions.dev[table]
    assert definitions.write().mistakes() == [f"{FILE}: {table}\n  missing; add it"]


def test_a_missing_key_is_named_with_its_table(definitions):
    del definitions.dev["network"]["port"]
    assert definitions.write().mistakes() == [f"{FILE}: [network] port\n  missing; add it"]


@pytest.mark.parametrize(
    ("table", "key", "near", "accepted"),
    [
        ("network", "prot", "port", "port, reach, url_variable"),
        ("start", "redy", "ready", "ready_within"),
        ("limits", "execution", "executions", "executions, timeout, memory"),
    ],
)
def test_an_unknown_key_names_near_and_accepted_ones(definitions, table, key, near, accepted):
    definitions.dev[table][key] = "5s"
    [mistake] = definitions.write().mistakes()
    assert mistake.startswith(f"{FILE}: [{table}] {key}\n  unknown key; did you mean {near}")
    assert f"Accepted: {accepted.split(',')[0]}" in mistake or accepted in mistake


def test_an_unknown_table_names_near_ones(definitions):
    definitions.dev["netwrok"] = {"port": 1}
    [mistake] = definitions.write().mistakes()
    assert f"{FILE}: netwrok\n  unknown key; did you mean network" in mistake
    assert "directory" not in mistake.partition("Accepted")[2], (
        "a field that is not written in files is offered"
    )


@pytest.mark.parametrize("key", ["system", "directory"])
def test_what_the_catalogue_fills_in_is_no_key_of_an_environment(definitions, key):
    definitions.dev[key] = "gaia"
    [mistake] = definitions.write().mistakes()
    assert f"{FILE}: {key}\n  unknown key" in mistake


@pytest.mark.parametrize(
    ("key", "value"), [("name", "gaia"), ("directory", "x"), ("claims", []), ("environments", {})]
)
def test_what_the_catalogue_fills_in_is_no_key_of_a_system(definitions, key, value):
    definitions.system[key] = value
    [mistake] = definitions.write().mistakes()
    assert f"system.toml: {key}\n  unknown key" in mistake


def test_all_mistakes_are_told_at_once(definitions):
    definitions.dev["network"] |= {"port": 0, "reach": "x"}
    definitions.dev["limits"]["timeout"] = "daily"
    definitions.prod["surprise"] = 1
    del definitions.prod["cors"]
    definitions.claims[0]["kind"] = "hope"
    definitions.claims.append({"id": "CC-NEW"})
    found = "\n".join(definitions.write().mistakes())
    for key in (
        "port = 0",
        'reach = "x"',
        'timeout = "daily"',
        "surprise",
        "cors",
        'kind = "hope"',
        "claim CC-NEW: says",
    ):
        assert key in found


def test_a_mistake_in_the_system_does_not_hide_those_of_its_environments(definitions):
    definitions.system["tittle"] = "x"
    definitions.dev["network"]["port"] = 0
    found = "\n".join(definitions.write().mistakes())
    assert "tittle" in found
    assert "port = 0" in found
