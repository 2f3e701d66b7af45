"""Every bad value is one mistake: the file, the key, why, and what is accepted."""

import pytest

FILE = "environments/ceesar/dev/environment.toml"


def set_in(table, key, value):
    *tables, last = key.split(".")
    for name in tables:
        table = table.setdefault(name, {})
    table[last] = value


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("network.port", 70000, ["[network] port = 70000", "less than or equal to 65535"]),
        ("network.port", 0, ["[network] port = 0", "greater than or equal to 1"]),
        ("network.reach", "internet", ['[network] reach = "internet"', "'loopback' or 'network'"]),
        ("network.url_variable", "lower", ['[network] url_variable = "lower"', "[A-Z]"]),
        (
            "configuration.file",
            "/etc/passwd",
            ["[configuration] file", "below the environment's own directory"],
        ),
        ("configuration.file", "../../x", ["[configuration] file", "below the environment's own directory"]),
        ("cors.origin", "gamma.example.com", ["[cors] origin", "scheme and host without a path"]),
        ("cors.origin", "https://example.com/", ["[cors] origin", "scheme and host without a path"]),
        ("cors.origin", "https://example.com/app", ["[cors] origin", "no path, query or user"]),
        ("cors.origin", "ftp://example.com", ["[cors] origin", "scheme and host"]),
        ("executor.modes", [], ["[executor] modes", "at least 1 item"]),
        (
            "executor.modes",
            ["dokcer"],
            ["executor", "modes", '"dokcer"', "'stub', 'docker' or 'firecracker'"],
        ),
        ("limits.executions", 0, ["[limits] executions = 0", "greater than or equal to 1"]),
        ("limits.timeout", "daily", ['[limits] timeout = "daily"', "not a duration", '"24h"']),
        ("limits.timeout", 30, ["[limits] timeout = 30", "not a duration", '"24h"']),
        ("limits.memory", "256", ['[limits] memory = "256"', "not a size", '"256MiB"']),
        ("flags.web_search", "perhaps", ['[flags] web_search = "perhaps"', "valid boolean"]),
        ("logs.level", "verbose", ['[logs] level = "verbose"', "not a level of CeesarCode", "debug, info"]),
        ("logs.output", "printer", ['[logs] output = "printer"', "'streams' or 'file'"]),
        ("effects.live", ["disrupts"], ["effects", "live", '"disrupts"', "'reads' or 'writes'"]),
        ("effects.synthetic", ["post /x"], ["effects", "synthetic", '"POST /api/run"']),
        ("effects.synthetic", ["POST /a b"], ["effects", "synthetic", '"POST /api/run"']),
        ("start.command", [], ["[start] command", "at least 1 item"]),
        ("start.ready", "api/health", ['[start] ready = "api/health"', '"/api/health"']),
        ("start.ready", "//elsewhere.example", ["[start] ready", "begins with one slash"]),
        ("start.files", {"../x": "y"}, ["[start.files] ../x", "below the environment's own directory"]),
        ("start.variables", {"lower": "y"}, ["[start.variables] lower", "[A-Z]"]),
        ("budgets.requests", 0, ["[budgets] requests = 0", "greater than or equal to 1"]),
        ("budgets.answer", "0s", ['[budgets] answer = "0s"', "more than nothing"]),
    ],
)
def test_a_bad_value_is_one_mistake_that_says_where_and_why(definitions, key, value, said):
    set_in(definitions.dev, key, value)
    [mistake] = definitions.write().mistakes()
    assert mistake.startswith(f"{FILE}: ")
    for part in said:
        assert part in mistake
    assert "pydantic" not in mistake
    assert "Traceback" not in mistake


@pytest.mark.parametrize(
    ("key", "value"),
    [("network.port", "8080"), ("network.port", True), ("flags.web_search", "off"), ("flags.web_search", 1)],
)
def test_a_value_of_another_type_is_a_mistake_not_a_guess(definitions, key, value):
    set_in(definitions.dev, key, value)
    assert len(definitions.write().mistakes()) == 1


def test_a_public_environment_is_encrypted(definitions):
    definitions.dev["cors"]["origin"] = "http://example.com"
    [mistake] = definitions.write().mistakes()
    assert '[network] reach = "network" needs an https origin' in mistake
    definitions.dev["network"]["reach"] = "loopback"
    assert definitions.write().mistakes() == []


def test_an_artifact_is_not_our_reference_server(definitions):
    definitions.dev["start"] |= {
        "command": ["{python}", "-m", "proveout_reference.ceesar"],
        "artifact": "server.jar",
    }
    [mistake] = definitions.write().mistakes()
    assert f"{FILE}: start\n" in mistake
    assert "artifact names your own server, but the command starts proveout_reference" in mistake


def test_a_copy_is_a_twin_where_the_team_names_its_artifact(definitions):
    assert definitions.load().environments["ceesar/dev"].start.provenance == "reference"
    definitions.dev["start"]["artifact"] = "server.jar"
    assert definitions.load().environments["ceesar/dev"].start.provenance == "twin"


def test_the_last_environment_is_never_written_to(definitions):
    definitions.prod["effects"]["live"] = definitions.dev["effects"]["live"] = ["reads", "writes"]
    [mistake] = definitions.write().mistakes()
    assert "prod/environment.toml: [effects] live" in mistake
    assert "prod is the last environment of CeesarCode: only reads and synthetic calls" in mistake


def test_a_directory_does_not_contradict_the_identity(definitions):
    definitions.dev["identity"]["environment"] = "gamma"
    [mistake] = definitions.write().mistakes()
    assert mistake.startswith(FILE)
    assert '"gamma" stands in the directory "dev"; one of the two is wrong' in mistake


def test_a_system_names_the_variable_of_its_port(definitions):
    definitions.system["ports"] = {"metrics": "METRICS_PORT"}
    [mistake] = definitions.write().mistakes()
    assert "ports" in mistake


def test_no_environment_stands_twice_in_the_order(definitions):
    definitions.system["order"] = ["dev", "dev", "prod"]
    [mistake] = definitions.write().mistakes()
    assert "order" in mistake
