import json
import socket
from pathlib import Path

import pytest

from proveout.access.answer import Unknowable, Unreachable, Wrong
from proveout.access.gaia import Gaia
from proveout.access.http import Http
from proveout.catalogue.catalogue import load
from proveout.providers.target import Target
from proveout.safety.guard import Guard, Refused
from proveout.safety.policy import Policy

HEALTHY = {
    "status": "healthy",
    "environment": "prod",
    "version": "1.0.0",
    "timestamp": "2026-11-22T12:00:00Z",
}


@pytest.fixture(scope="module")
def environments():
    return load(Path(__file__).parents[2] / "environments").environments


@pytest.fixture
def gaia_at(environments):
    """A function that gives a check's access to a live GAIA_GO at a URL."""
    opened = []

    def gaia_at(url, name="gaia/prod"):
        target = Target(environments[name], "live", url)
        opened.append(Http(url, Guard(Policy.of(target), target.environment.budgets)))
        return Gaia(target, opened[-1])

    yield gaia_at
    for http in opened:
        http.close()


@pytest.fixture
def gaia_saying(gaia_at, wire, said):
    """A function that gives access to a server that answers with a body, as JSON if it is no bytes."""

    def gaia_saying(body, status="200 OK"):
        return gaia_at(wire(said(body if isinstance(body, bytes) else json.dumps(body).encode(), status)).url)

    return gaia_saying


def test_health_is_what_the_server_says(gaia_saying):
    health = gaia_saying(HEALTHY).health()
    assert (health.status, health.environment, health.version) == ("healthy", "prod", "1.0.0")
    assert health.timestamp.hour == 12
    assert health.answer.status == 200


def test_health_is_asked_at_the_path_of_the_documents(gaia_at, wire, said):
    server = wire(said(json.dumps(HEALTHY).encode()))
    gaia_at(server.url).health()
    gaia_at(server.url).plain_health()
    assert server.asked == ["GET /health", "GET /health"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"OK", "GET /health answered 200 .*; expected JSON"),
        (b"", "GET /health answered 200 .*: an empty body; expected JSON"),
        (b"\xff\xfe", "GET /health answered 200 .*; expected JSON"),
        (b'{"status": NaN}', "GET /health answered 200 .*; expected JSON"),
        (["healthy"], "GET /health answered 200 .*; expected a JSON object"),
        ({}, r"GET /health answered 200 .*; expected a health answer \(status\)"),
        ({"state": "healthy"}, r"GET /health answered 200 .*; expected a health answer \(status\)"),
    ],
)
def test_an_answer_that_is_no_health_is_said_so(gaia_saying, body, sentence):
    for ask in (gaia_saying(body).health, gaia_saying(body).plain_health):
        with pytest.raises(Wrong, match=sentence):
            ask()


def test_an_environment_that_is_not_well_is_said_so(gaia_saying):
    with pytest.raises(Wrong, match=r"GET /health answered 503 .*unhealthy.*; expected 200"):
        gaia_saying({"status": "unhealthy"}, "503 Service Unavailable").health()


@pytest.mark.parametrize("name", ["environment", "version", "timestamp"])
def test_a_field_that_is_missing_is_a_failure_where_it_is_asked_for(gaia_saying, name):
    health = gaia_saying({key: value for key, value in HEALTHY.items() if key != name}).health()
    assert health.status == "healthy"
    with pytest.raises(Wrong, match=f'the field "{name}" is missing'):
        getattr(health, name)


def test_whether_plain_http_works_is_not_seen_over_https(gaia_at):
    with pytest.raises(Unknowable, match=r"^the target is reached by https://.*: give --env-url=http"):
        gaia_at("https://gaia.example").plain_health()


def test_plain_http_that_nobody_answers_is_a_failure(gaia_at):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unreachable, match="GET /health: nothing answers at "):
        gaia_at(f"http://127.0.0.1:{port}").plain_health()


@pytest.mark.parametrize("name", ["gaia/dev", "gaia/staging", "gaia/prod"])
def test_what_is_worth_a_line_of_the_log_is_what_the_definition_says(gaia_at, wire, environments, name):
    server = wire()
    gaia_at(server.url, name).provoke()
    assert server.asked == [environments[name].logs.event]
    assert server.asked[0].startswith("GET /")


def test_a_live_prod_is_not_changed(gaia_at, wire):
    server = wire()
    with pytest.raises(Refused):
        gaia_at(server.url).http.ask("POST", "/api/tasks", json={})
    assert server.asked == []


def test_an_environment_of_another_system_is_none_of_gaias(environments):
    target = Target(environments["ceesar/gamma"], "live", "http://127.0.0.1:1")
    with pytest.raises(TypeError, match="ceesar/gamma is no environment of GAIA_GO"):
        Gaia(target, None)
