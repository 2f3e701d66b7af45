"""The guard stands between a check and the wire: what it refuses is never sent."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from proveout.safety.guard import Refused


def test_a_reading_check_may_send_a_call_of_the_definition(wire, http_to):
    server = wire()
    http_to(server.url).ask("POST", "/api/run", content=b"")
    assert server.asked == ["POST /api/run"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/problem/x"),
        ("PUT", "/api/run"),
        ("POST", "/api/run?x=1"),
        ("POST", "/api/%72un"),
        ("POST", "/api/run/%2e%2e/problems"),
        ("POST", "/api/run/"),
        ("POST", "/api//run"),
    ],
)
def test_what_is_refused_is_not_sent(wire, http_to, method, path):
    server = wire()
    http = http_to(server.url)
    with pytest.raises(Refused, match=method):
        http.ask(method, path, content=b"")
    assert server.connections == 0
    assert http.guard.requests == 0


def test_dots_are_resolved_before_the_guard_looks(wire, http_to):
    server = wire()
    http = http_to(server.url)
    with pytest.raises(Refused, match="POST /api/problems"):
        http.ask("POST", "/api/run/../problems")
    assert server.connections == 0


@pytest.mark.parametrize("path", ["@{host}/x", ".{host}/x", "@{host}"])
def test_no_path_leads_to_another_host(wire, http_to, path):
    server, elsewhere = wire(), wire()
    http = http_to(server.url)
    with pytest.raises((Refused, ValueError, Exception), match=r"not the target|Invalid"):
        http.get(path.format(host=elsewhere.url.removeprefix("http://")))
    assert server.connections == elsewhere.connections == 0


def test_a_refusal_a_check_swallows_is_remembered(wire, http_to):
    http = http_to(wire().url)
    with contextlib.suppress(Exception):
        http.ask("DELETE", "/api/problem/x")
    assert len(http.guard.refusals) == 1


def test_requests_beyond_the_budget_are_not_sent(wire, http_to):
    server = wire()
    http = http_to(server.url, requests=3)
    for _ in range(3):
        http.get("/")
    with pytest.raises(Refused, match="budget of 3 requests is used up"):
        http.get("/")
    assert len(server.requests) == 3


def test_a_request_is_in_flight_until_its_body_is_read(wire, said, http_to):
    def slow(connection, _request):
        connection.sendall(said(b"x" * 9)[:-1])
        begun.release()
        go.acquire()
        return b"x"

    begun, go = threading.Semaphore(0), threading.Semaphore(0)
    server = wire(slow)
    http = http_to(server.url, concurrency=2)
    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(http.get, "/") for _ in range(2)]
        for _ in answers:
            assert begun.acquire(timeout=10)
        try:
            with pytest.raises(Refused, match="2 requests are in flight"):
                http.get("/")
        finally:
            go.release(2)
        assert [answer.result().body for answer in answers] == [b"x" * 9] * 2
    assert len(server.requests) == 2
    go.release(1)
    assert http.get("/").status == 200
