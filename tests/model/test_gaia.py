import copy
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from proveout.model.gaia import GaiaEnvironment

DIRECTORY = Path(__file__).parents[2] / "environments" / "gaia"
STAGING = tomllib.loads((DIRECTORY / "staging" / "environment.toml").read_text())


def staging(name="staging", **changes):
    """The declared environment with changed sections; None as a section or value removes it."""
    definition = copy.deepcopy(STAGING)
    for section, values in changes.items():
        merged = values and {**definition.get(section, {}), **values}
        definition[section] = merged and {key: value for key, value in merged.items() if value is not None}
    definition = {section: values for section, values in definition.items() if values is not None}
    return GaiaEnvironment.model_validate({**definition, "system": "gaia", "directory": DIRECTORY / name})


def test_an_environment_says_what_its_document_says():
    environment = staging()
    assert environment.id == "gaia/staging"
    assert environment.network.ports == {"port": 8082, "metrics_port": 9091}
    assert environment.backup.every == 24 * 3600
    assert environment.backup.keep == 7 * 24 * 3600
    assert environment.logs.max_size == 50 * 10**6
    assert environment.tasks.timeout == 1800
    assert environment.sessions is None


def test_backups_and_sessions_are_not_everywhere():
    assert staging(backup=None).backup is None
    assert staging(sessions={"count": 51, "autonomous": "codex"}).sessions.count == 51


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"network": {"metrics_port": 8082}}, "port and metrics_port are both 8082; they are two listeners"),
        ({"network": {"metrics_port": None}}, "Field required"),
        ({"network": {"metrics_port": 0}}, "greater than or equal to 1"),
        ({"network": {"metrics_port": 70000}}, "less than or equal to 65535"),
        ({"network": {"metrics_port": "9091"}}, "valid integer"),
        ({"network": {"metrics": 9091}}, "Extra inputs are not permitted"),
        (
            {"logs": {"event": "POST /tasks"}},
            'event = "POST /tasks" must be a GET, because it is sent to a live',
        ),
        ({"logs": {"event": "HEAD /health"}}, 'event = "HEAD /health" must be a GET'),
        ({"logs": {"event": "/health"}}, 'write a method and a path: "POST /api/run"'),
        ({"logs": {"event": "GET health"}}, "write a method and a path"),
        ({"logs": {"event": "GET /a b"}}, "write a method and a path"),
        ({"logs": {"event": None}}, "Field required"),
        ({"logs": {"file": None}}, "Field required"),
        ({"logs": {"file": "/var/log/gaia.log"}}, "write a path below the environment's own directory"),
        ({"logs": {"file": "../gaia.log"}}, "write a path below the environment's own directory"),
        ({"logs": {"format": "xml"}}, "Input should be 'verbose', 'structured' or 'json'"),
        ({"logs": {"outputs": []}}, "at least 1 item"),
        (
            {"logs": {"outputs": ["file", "pager"]}},
            "Input should be 'console', 'file', 'metrics' or 'syslog'",
        ),
        ({"logs": {"max_size": "50"}}, "not a size"),
        ({"logs": {"keep": 30}}, "not a duration"),
        ({"directories": {"own": []}}, "at least 1 item"),
        (
            {"directories": {"programs": "/opt/gaia/bin"}},
            "write a path below the environment's own directory",
        ),
        ({"database": {"file": "../prod/data/x.db"}}, "write a path below the environment's own directory"),
        ({"database": {"migrates": "yes"}}, "valid boolean"),
        ({"database": {"engine": "sqlite"}}, "Extra inputs are not permitted"),
        ({"backup": {"every": "daily"}}, "not a duration"),
        ({"backup": {"directory": "/backups"}}, "write a path below the environment's own directory"),
        ({"tasks": {"workers": 0}}, "greater than or equal to 1"),
        ({"improvement": {"deploy": None}}, "Field required"),
        ({"improvement": {"deploy": 0}}, "valid boolean"),
        ({"sessions": {"count": 0, "autonomous": "x"}}, "greater than or equal to 1"),
        ({"sessions": {"count": 51}}, "Field required"),
        ({"database": None}, "Field required"),
        ({"cors": {"origin": "*"}}, "Extra inputs are not permitted"),
        ({"name": "dev"}, r'environment = "staging" stands in the directory "dev"'),
    ],
    ids=str,
)
def test_a_definition_that_does_not_hold_together_is_refused_with_a_sentence(changes, sentence):
    with pytest.raises(ValidationError) as caught:
        staging(**changes)
    assert sentence in str(caught.value)


def test_an_environment_does_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        staging().database.file = "data/other.db"
