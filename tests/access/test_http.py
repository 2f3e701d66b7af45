import socket
import time
import zlib

import pytest

from proveout.access.answer import Unreachable, Wrong


def test_an_answer_is_whole(wire, said, http_to):
    server = wire(said(b"healthy", x_name="gamma"))
    answer = http_to(server.url).get("/api/health?x=1")
    assert (answer.request, answer.status, answer.body) == ("GET /api/health?x=1", 200, b"healthy")
    assert answer.headers["X-Name"] == "gamma"
    assert answer.seconds > 0
    assert server.asked == ["GET /api/health?x=1"]


def test_a_request_says_who_asks_and_wants_the_body_as_it_is(wire, http_to):
    server = wire()
    http_to(server.url).get("/")
    head = server.requests[0].lower()
    assert "user-agent: proveout\r\n" in head
    assert "accept-encoding: identity\r\n" in head


def test_answers_without_a_body_are_whole(wire, said, http_to):
    http = http_to(
        wire(
            lambda _c, request: (
                said(status="204 No Content") if "GET" in request else said(content_length="5")
            )
        ).url
    )
    assert http.get("/").body == b""
    assert http.ask("HEAD", "/").body == b""


def test_one_connection_serves_many_requests(wire, http_to):
    server = wire()
    http = http_to(server.url)
    for _ in range(5):
        http.get("/")
    assert server.connections == 1


def test_a_connection_the_server_has_closed_is_not_asked_again(wire, said, http_to):
    def once(connection, _request):
        connection.sendall(said(b"x"))

    server = wire(once)
    http = http_to(server.url)
    for number in (1, 2, 3):
        assert http.get("/").body == b"x"
        while server.closed < number:
            time.sleep(0.01)
    assert server.connections == 3


def test_nobody_there_is_said_with_the_address(http_to):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(Unreachable, match=f"GET /api/health: nothing answers at {url}"):
        http_to(url).get("/api/health")


@pytest.mark.parametrize(
    "garbage",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"\x00" * 200,
        b"HTTP/9.9 hello\r\n\r\n",
        b"HTTP/1.1 099 Early\r\n\r\n",
        b"HTTP/1.1 1000 Late\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"x%d: y\r\n" % n for n in range(50_000)),
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 300_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"\xff\xd8\xff",
        b"",
    ],
    ids=[
        "ssh",
        "zeros",
        "version",
        "early",
        "late",
        "length",
        "lengths",
        "colon",
        "headers",
        "header",
        "chunk",
        "jpeg",
        "nothing",
    ],
)
def test_what_is_no_http_is_said_in_a_sentence(wire, http_to, garbage):
    def speak(connection, _request):
        connection.sendall(garbage)

    with pytest.raises(Wrong, match=r"^GET /: the answer broke off or is not HTTP \(") as caught:
        http_to(wire(speak).url).get("/")
    assert len(str(caught.value)) < 500
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "start",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n123",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n12345\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-le",
    ],
    ids=["length", "chunk", "chunks", "header"],
)
def test_an_answer_that_is_cut_off_is_none(wire, http_to, start):
    http = http_to(wire(lambda connection, _: connection.sendall(start)).url, concurrency=1)
    for _ in range(2):
        with pytest.raises(Wrong, match="the answer broke off"):
            http.get("/")
    assert http.guard.in_flight == 0


def test_a_body_that_is_compressed_although_it_was_asked_for_as_it_is(wire, said, http_to):
    server = wire(said(zlib.compress(b"{}" * 10_000), content_encoding="deflate"))
    with pytest.raises(
        Wrong, match="GET /: the body is encoded as deflate, although it was asked for as it is"
    ):
        http_to(server.url).get("/")


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_the_budget_is_not_read_to_its_end(wire, said, http_to, announced):
    def endless(connection, _request):
        head = said(content_length="1000000000") if announced else said(transfer_encoding="chunked")
        connection.sendall(head if announced else head.replace(b"content-length: 0\r\n", b""))
        while True:
            connection.sendall(b"x" * 4096 if announced else b"1000\r\n" + b"x" * 4096 + b"\r\n")

    http = http_to(wire(endless).url, body="64KiB", concurrency=1)
    for _ in range(2):
        with pytest.raises(Wrong, match="GET /: the body is larger than the budget of 65536 bytes"):
            http.get("/")


def test_a_body_of_exactly_the_budget_is_whole(wire, said, http_to):
    assert len(http_to(wire(said(b"x" * 1024)).url, body="1KiB").get("/").body) == 1024
    with pytest.raises(Wrong, match="larger than the budget"):
        http_to(wire(said(b"x" * 1025)).url, body="1KiB").get("/")


def test_proxies_of_the_platform_are_not_used(wire, http_to, monkeypatch):
    proxy, server = wire(), wire()
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    http_to(server.url).get("/")
    assert (proxy.requests, server.asked) == ([], ["GET /"])


def test_credentials_of_the_platform_are_not_sent(wire, http_to, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login user password hunter2\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    server = wire()
    http_to(server.url).get("/")
    assert "authorization" not in server.requests[0].lower()


def test_no_check_carries_the_cookies_of_another(wire, said, http_to):
    server = wire(said(set_cookie="session=1; Path=/"))
    http = http_to(server.url)
    http.get("/")
    http.get("/")
    assert "cookie" not in server.requests[1].lower()


@pytest.mark.parametrize("value", ["text/\x1b[2J", "x" * 50_000])
def test_a_hostile_content_type_cannot_write_on_the_terminal(wire, said, http_to, value):
    text = str(http_to(wire(said(b"{}", content_type=value)).url).get("/"))
    assert text.isprintable()
    assert len(text) < 500


@pytest.mark.parametrize("value", ["\x1b[2J", "x" * 50_000])
def test_a_hostile_content_encoding_cannot_write_on_the_terminal(wire, said, http_to, value):
    with pytest.raises(Wrong) as caught:
        http_to(wire(said(b"{}", content_encoding=value)).url).get("/")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500
