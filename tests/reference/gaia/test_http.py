"""The surface every request meets: methods, bounds, origins, tokens, limits."""

import contextlib
import http.client
import socket
import time
from unittest.mock import Mock

import httpx
import pytest
import uvicorn
from uvicorn.server import ServerState

from proveout_reference.gaia.http.connections import PatientProtocol

ROUTES = {
    "/health": "GET",
    "/admin/quotas": "GET",
    "/api/admin/quotas/status": "GET",
    "/api/admin/quotas/rules": "GET, POST",
    "/api/admin/quotas/rules/1": "DELETE, PUT",
    "/api/ws/health": "GET",
    "/api/claude/confirm/request": "POST",
    "/api/claude/confirm/history/s": "GET",
    "/api/claude/confirm/stats/s": "GET",
    "/api/claude/confirm/stats": "GET",
    "/api/claude/confirm/patterns": "GET, POST",
    "/api/claude/confirm/patterns/p": "DELETE, GET, PUT",
    "/api/claude/confirm/preferences/s": "GET, POST",
    "/api/tasks": "POST",
    "/api/tasks/1": "GET",
    "/api/tasks/summary": "GET",
    "/api/features": "GET",
    "/api/experimental/insights": "GET",
    "/api/improvement/status": "GET",
    "/api/improvement/cycles": "GET",
    "/api/improvement/items": "GET, POST",
    "/api/health/checks": "GET",
}
TOKEN = "secret-7f3a"  # noqa: S105 - of a server that ends with the tests
CHANGING = [
    ("POST", path) for path in ("/api/admin/quotas/rules", "/api/claude/confirm/request", "/api/tasks")
]
HOSTILE = {
    "no json": b"{",
    "no object": b"[1]",
    "not utf-8": b'{"kind": "\xff"}',
    "half a character": b'{"kind": "\\ud800"}',
    "no number": b'{"seconds": NaN}',
    "too deep": b'{"a":' * 60 + b"1" + b"}" * 60,
    "far too deep": b"[" * 100_000,
    "nothing": b"",
}


@pytest.mark.parametrize(("path", "methods"), ROUTES.items())
def test_a_wrong_method_is_told_the_right_ones(prod, path, methods):
    answer = prod.client.request("PATCH", path)
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) - {"HEAD"} == set(methods.split(", "))
    assert answer.json() == {"error": "method not allowed"}


@pytest.mark.parametrize("path", ["/", "/nothing", "/api", "/health/", "/admin/quotas.py", "/../etc/passwd"])
def test_an_unknown_path_is_not_found(prod, path):
    answer = prod.client.get(path)
    assert (answer.status_code, answer.json()) == (404, {"error": "not found"})


@pytest.mark.parametrize(("method", "path"), CHANGING)
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_body_that_is_none_is_refused(prod, method, path, body):
    answer = prod.client.request(method, path, content=body)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error"}
    assert str(prod.site.folder) not in answer.text
    assert "Traceback" not in answer.text


def test_a_large_body_is_refused_declared_or_not(prod):
    def chunks():
        for _ in range(300):
            yield b" " * 1024

    for body in (b" " * 300_000, chunks()):
        answer = prod.client.post("/api/tasks", content=body)
        assert (answer.status_code, answer.json()["error"]) == (413, "the body is larger than 262144 bytes")


def test_errors_say_more_only_where_the_settings_allow_it(dev, prod):
    body = b'{"kind": '
    assert "detail" in dev.client.post("/api/tasks", content=body).json()
    assert prod.client.post("/api/tasks", content=body).json() == {"error": "the body is not valid JSON"}


def test_every_origin_may_call_dev_and_none_prod(dev, prod):
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    assert dev.client.get("/health", headers=asked).headers["access-control-allow-origin"] == "*"
    granted = dev.client.options("/api/tasks", headers=asked)
    assert (granted.status_code, granted.headers["access-control-allow-origin"]) == (204, "*")
    assert "access-control-allow-origin" not in prod.client.get("/health", headers=asked).headers
    refused = prod.client.options("/api/tasks", headers=asked)
    assert refused.status_code == 403
    assert "access-control-allow-origin" not in refused.headers


@pytest.fixture(scope="module")
def guarded(make_shared_server):
    """A server that asks for a token and serves two connections at once."""
    return make_shared_server("prod", GAIA_ADMIN_TOKEN=TOKEN, GAIA_MAX_CONNECTIONS="2")


def test_changing_something_needs_the_token_and_reading_does_not(guarded):
    body = {"kind": "noop"}
    assert guarded.client.get("/api/admin/quotas/rules").status_code == 200
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
        refused = guarded.client.post("/api/tasks", json=body, headers=headers)
        assert (refused.status_code, refused.json()) == (401, {"error": "an admin token is required"})
        assert refused.headers["www-authenticate"].startswith("Bearer")
    right = {"Authorization": f"Bearer {TOKEN}"}
    assert guarded.client.post("/api/tasks", json=body, headers=right).status_code == 202
    assert TOKEN not in guarded.site.log
    assert "everyone who reaches the server" not in guarded.site.log


def test_a_server_without_a_token_warns_and_dev_need_not(prod, dev):
    assert "no admin token is set" in prod.site.log
    assert "no admin token is set" not in dev.site.log


def test_a_connection_too_many_is_refused(guarded, eventually):
    guarded.client.close()
    guarded.client = httpx.Client(base_url=f"http://127.0.0.1:{guarded.port}", trust_env=False)
    with contextlib.ExitStack() as held:
        for _ in range(2):
            held.enter_context(socket.create_connection(("127.0.0.1", guarded.port)))
        refused = eventually(lambda: (a := guarded.client.get("/health")).status_code == 503 and a)
        assert refused.json() == {"error": "too many connections"}
        assert refused.headers["connection"] == "close"
    assert eventually(lambda: guarded.client.get("/health").status_code == 200)
    counted = 'gaia_http_requests_total{method="GET",route="unmatched",status="503"}'
    assert guarded.metrics()[counted] >= 1


@pytest.mark.parametrize(("begun", "aborted"), [(b"", 1), (b"GET / HT", 1)])
def test_a_connection_that_never_asks_is_closed(begun, aborted):
    config = uvicorn.Config(None, ws="none", lifespan="off", log_config=None)
    config.load()
    loop, transport = Mock(), Mock()
    transport.is_closing.return_value = False
    protocol = PatientProtocol(config, ServerState(), {}, loop)
    protocol.connection_made(transport)
    if begun:
        protocol.data_received(begun)
    ((seconds, close), _) = loop.call_later.call_args
    assert seconds <= 30
    close()
    assert transport.abort.call_count == aborted


def test_answers_come_without_delay(prod):
    connection = http.client.HTTPConnection("127.0.0.1", prod.port, timeout=5)
    elapsed = []
    for _ in range(15):
        started = time.monotonic()
        connection.request("GET", "/api/ws/health")
        connection.getresponse().read()
        elapsed.append(time.monotonic() - started)
    connection.close()
    assert sorted(elapsed)[5] < 0.035  # Nagle's algorithm would make it 0.04 s, each


def test_hostile_bytes_do_not_harm_the_server(prod):
    for raw in (
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /%00%ff HTTP/1.1\r\nHost: a\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", prod.port), timeout=5) as connection:
            connection.sendall(raw)
            assert connection.recv(100).startswith(b"HTTP/1.1 4")
    assert prod.client.get("/health").status_code == 200


def test_every_answer_forbids_what_a_page_does_not_need(prod):
    for path in ("/health", "/admin/quotas", "/nothing"):
        headers = prod.client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "server" not in headers
