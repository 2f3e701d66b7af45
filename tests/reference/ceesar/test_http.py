"""The surface every request meets: health, methods, headers, origins, bounds."""

import re
import socket
from datetime import UTC, datetime, timedelta

import pytest

ORIGIN = "https://gamma.ceesarcode.example.com"
ROUTES = {
    "/": "GET",
    "/api/health": "GET",
    "/api/config": "GET",
    "/api/problems": "GET",
    "/api/problem/float-mean": "GET",
    "/api/problem/float-mean/testcases": "DELETE, GET, PUT",
    "/api/problem/float-mean/files": "GET",
    "/api/problems/create": "POST",
    "/api/problems/float-mean": "DELETE",
    "/api/upload": "POST",
    "/api/run": "POST",
    "/api/submit": "POST",
    "/api/v1/agent/pair-programming": "POST",
    "/api/v1/agent/system-design": "POST",
    "/api/agent/generate": "POST",
}


def test_health_is_exactly_the_four_fields(server):
    answer = server.client.get("/api/health")
    body = answer.json()
    assert set(body) == {"status", "environment", "version", "timestamp"}
    assert (body["status"], body["environment"]) == ("healthy", "gamma")
    assert re.fullmatch(r"\d+\.\d+\.\d+", body["version"])
    assert body["timestamp"].endswith("Z")
    assert abs(datetime.fromisoformat(body["timestamp"]) - datetime.now(UTC)) < timedelta(seconds=30)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


def test_config_says_what_is_switched_on(server, make_server):
    whole = {"environment", "enablePairProgramming", "enableSystemDesignAgent", "defaultAIProvider"}
    body = server.client.get("/api/config").json()
    assert set(body) == whole
    assert body["enablePairProgramming"] is True
    off = make_server(ENABLE_PAIR_PROGRAMMING="false", ENABLE_SYSTEM_DESIGN_AGENT="false", APP_ENV="dev")
    assert off.client.get("/api/config").json() == {
        "environment": "dev",
        "enablePairProgramming": False,
        "enableSystemDesignAgent": False,
        "defaultAIProvider": "gemini",
    }


@pytest.mark.parametrize(("path", "methods"), ROUTES.items())
def test_a_wrong_method_is_told_the_right_ones(server, path, methods):
    answer = server.client.request("PATCH", path)
    assert answer.status_code == 405
    shown = set(answer.headers["allow"].split(", ")) - {"HEAD"}
    assert shown == set(methods.split(", "))
    assert ("GET" in shown) == ("HEAD" in answer.headers["allow"])
    assert answer.json() == {"error": "method not allowed"}


@pytest.mark.parametrize("path", [path for path, methods in ROUTES.items() if "GET" in methods])
def test_head_is_get_without_the_body(server, path):
    head, get = server.client.head(path), server.client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.parametrize(
    "path",
    [
        "/.env",
        "/server",
        "/data/",
        "/data/problems/float-mean/manifest.json",
        "/config/env.gamma",
        "/index.html",
        "/page.py",
        "/../config/env.gamma",
        "/%2e%2e/config/env.gamma",
        "/api",
        "/api/health/",
        "/nothing",
    ],
)
def test_nothing_else_is_served(server, path):
    answer = server.client.get(path)
    assert answer.status_code == 404
    assert "APP_ENV" not in answer.text


def test_the_page_brings_all_it_needs(server):
    page = server.client.get("/")
    assert "<title>CeesarCode - Online Judge</title>" in page.text
    assets = re.findall(r'(?:href|src)="(/[^"]+)"', page.text)
    assert sorted(assets) == ["/page.css", "/page.js"]
    for asset in assets:
        answer = server.client.get(asset)
        assert answer.status_code == 200
        assert "http://" not in answer.text
        assert "innerHTML" not in answer.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"


def test_the_configured_origin_gets_the_grant(server):
    for path in ("/api/health", "/nothing"):
        answer = server.client.get(path, headers={"Origin": ORIGIN})
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert answer.headers["vary"] == "Origin"
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    preflight = server.client.options("/api/run", headers=asked)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == ORIGIN
    assert "POST" in preflight.headers["access-control-allow-methods"]


@pytest.mark.parametrize("origin", ["https://evil.example", ORIGIN + ".evil.example", "null", ORIGIN.upper()])
def test_another_origin_gets_none(server, origin):
    answers = [
        server.client.get("/api/health", headers={"Origin": origin}),
        server.client.options(
            "/api/run", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
        ),
    ]
    for answer in answers:
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert answer.headers["vary"] == "Origin"
    assert answers[1].status_code == 403


def test_no_origin_is_granted_when_none_is_set(make_server):
    answer = make_server(FRONTEND_ORIGIN="").client.get("/api/health", headers={"Origin": ORIGIN})
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'"text"', 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'{"a":' * 50_000, 400),
        (b'{"language": "python", "files": {"Main.py": "\\ud800"}}', 400),
        (b'{"language": "python", "files": {"Main.py": NaN}}', 400),
        (b'{"a": 1e999}', 400),
        (b'{"a": ' + b"9" * 10_000 + b"}", 400),
        (b"{" + b" " * (1024 * 1024) + b"}", 413),
    ],
)
@pytest.mark.parametrize("path", ["/api/run", "/api/problems/create", "/api/agent/generate"])
def test_a_body_that_cannot_be_used_is_refused(server, path, body, status):
    answer = server.client.post(path, content=body)
    assert answer.status_code == status
    assert set(answer.json()) == {"error"}


def test_a_body_of_unknown_length_is_bounded_too(server):
    answer = server.client.post("/api/run", content=(b" " * 65536 for _ in range(17)))
    assert answer.status_code == 413


def test_a_client_that_leaves_while_sending_is_no_crash(server, eventually):
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"POST /api/run HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
    assert eventually(lambda: "path=/api/run status=499" in server.log)
    assert "crash=" not in server.log


def test_what_is_no_http_is_refused(server):
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"\x00\x01 nonsense\r\n\r\n")
        assert b"400" in connection.recv(1000)
    assert server.answers()
