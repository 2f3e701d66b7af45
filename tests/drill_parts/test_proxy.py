import asyncio
import json
import socket
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

HEALTH = {"status": "healthy", "environment": "gamma", "version": "1.0.0"}


def raw(port, request):
    """Every byte that comes back on a connection of its own."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        said = b""
        while part := connection.recv(65536):
            said += part
        return said


def test_without_alterations_requests_and_answers_stay_as_they_are(inner, through, ask):
    port = through()
    answer = ask(
        port,
        "/api/x%20y?a=b&a=c",
        "POST",
        content=b'{"big": "%s"}' % (b"x" * 100_000),
        headers={"x-mine": "1"},
    )
    method, path, headers, body = inner.requests[0]
    assert (method, path, len(body), headers["x-mine"]) == ("POST", "/api/x%20y?a=b&a=c", 100_011, "1")
    assert headers["host"] == f"127.0.0.1:{port}"
    assert (answer.status_code, answer.content, answer.headers["x-name"]) == (200, body, "gamma")
    assert ask(port, "/missing").status_code == 404


def test_nothing_of_its_own_is_added_to_a_request(inner, through):
    raw(through(), b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    assert set(inner.requests[0][2]) <= {"host", "connection"}


def test_a_compressed_answer_stays_readable(through, ask):
    assert ask(through(), headers={"accept-encoding": "gzip"}).json() == HEALTH


def test_no_visitor_carries_the_cookies_of_another(inner, through, ask):
    port = through()
    ask(port)
    ask(port)
    assert "cookie" not in inner.requests[1][2]


@pytest.mark.parametrize(
    ("alteration", "content"),
    [
        ({"set": {"status": "degraded"}}, HEALTH | {"status": "degraded"}),
        ({"set": {"more": [1, None]}}, HEALTH | {"more": [1, None]}),
        ({"remove": ["version", "nothing"]}, {key: HEALTH[key] for key in ("status", "environment")}),
        ({"set": {"status": 1}, "remove": ["environment", "version"]}, {"status": 1}),
        ({"body": "[]"}, []),
        ({"body": '{"a": 1}', "set": {"b": 2}}, {"a": 1, "b": 2}),
        ({"body": "[1]", "set": {"b": 2}}, [1]),
    ],
    ids=str,
)
def test_the_body_is_altered(through, ask, alteration, content):
    answer = ask(through({"path": "/api/health"} | alteration))
    assert answer.json() == content
    assert answer.headers["content-length"] == str(len(answer.content))


def test_a_body_that_is_no_json_is_left_alone(through, ask):
    answer = ask(through({"path": "*", "set": {"a": 1}}), method="POST", content=b"plain")
    assert answer.content == b"plain"


def test_the_status_and_headers_are_altered(through, ask):
    answer = ask(
        through(
            {
                "path": "*",
                "status": 503,
                "headers": {"X-Name": "dev", "x-new": "1"},
                "remove_headers": ["Content-Type"],
            }
        )
    )
    assert answer.status_code == 503
    assert answer.headers.get_list("x-name") == ["dev"]
    assert answer.headers["x-new"] == "1"
    assert "content-type" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "altered"),
    [
        (("GET", "/api/health"), True),
        (("GET", "/api/health?x=1"), True),
        (("POST", "/api/health"), False),
        (("GET", "/api/health/"), False),
        (("GET", "/api/healthy"), False),
    ],
)
def test_only_the_path_and_method_that_are_named_are_altered(through, ask, asked, altered):
    method, path = asked
    answer = ask(through({"path": "/api/health", "method": "GET", "status": 503}), path, method)
    assert (answer.status_code == 503) is altered


def test_the_first_answers_may_stay_as_they_are(through, ask):
    port = through({"path": "/api/health", "after": 2, "status": 503})
    ask(port, "/other")
    assert [ask(port).status_code for _ in range(4)] == [200, 200, 503, 503]


def test_alterations_add_up_in_their_order(through, ask):
    port = through(
        {"path": "*", "set": {"a": 1, "b": 1}}, {"path": "/api/health", "set": {"b": 2}, "status": 201}
    )
    answer = ask(port)
    assert (answer.status_code, answer.json()) == (201, HEALTH | {"a": 1, "b": 2})


def test_an_answer_is_cut_off(through, ask):
    port = through({"path": "*", "cut": 5})
    with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
        ask(port)
    said = raw(port, b"GET / HTTP/1.1\r\nhost: x\r\naccept-encoding: identity\r\n\r\n")
    head, _, body = said.partition(b"\r\n\r\n")
    assert body == json.dumps(HEALTH).encode()[:5]
    assert f"content-length: {len(json.dumps(HEALTH))}".encode() in head.lower()


def test_after_a_pause_everybody_waits_until_it_is_awake(through, ask):
    port = through({"path": "*", "asleep": "1s", "delay": "2s"})
    first = ask(port).elapsed.total_seconds()
    asyncio.run(asyncio.sleep(1.2))
    with ThreadPoolExecutor(2) as pool:
        woken = [answer.elapsed.total_seconds() for answer in pool.map(lambda _: ask(port), range(2))]
    again = ask(port).elapsed.total_seconds()
    assert min(woken) > 1.5  # the second of them found it waking up
    assert max(first, again) < 1.0


def test_a_delayed_answer_comes_too_late(through, ask):
    with pytest.raises(httpx.ReadTimeout):
        ask(through({"path": "*", "delay": "20s"}), timeout=0.5)
    assert ask(through({"path": "*", "delay": "100ms"})).json() == HEALTH


def test_a_dripping_answer_is_whole_in_the_end_and_never_all_at_once(through):
    port = through({"path": "*", "drip": "20ms", "body": "0123456789"})
    parts = []
    with httpx.Client(trust_env=False) as client, client.stream("GET", f"http://127.0.0.1:{port}/") as answer:
        parts = list(answer.iter_raw())
    assert b"".join(parts) == b"0123456789"
    assert len(parts) > 5


@pytest.mark.parametrize("alteration", [{}, {"body": "x"}, {"body": "x", "drip": "1ms"}], ids=str)
def test_no_body_follows_a_head_request(through, alteration):
    said = raw(
        through({"path": "*"} | alteration),
        b"HEAD / HTTP/1.1\r\nhost: x\r\naccept-encoding: identity\r\n\r\n",
    )
    assert said.startswith(b"HTTP/1.1 200 ")
    assert said.partition(b"\r\n\r\n")[2] == b""


def test_a_head_request_announces_the_length_of_the_body(through, ask):
    assert ask(through(), method="HEAD").headers["content-length"] == str(len(json.dumps(HEALTH)))


@pytest.mark.parametrize(
    "request_", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nhost", b""], ids=["nonsense", "half", "nothing"]
)
def test_what_is_no_request_harms_nobody(through, ask, request_):
    port = through()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request_)
    assert ask(port).json() == HEALTH


def test_a_server_that_is_gone_is_a_broken_connection(inner, through, ask):
    port = through()
    inner.server.shutdown()
    inner.server.server_close()
    with pytest.raises(httpx.TransportError):
        ask(port)
