"""No server keeps a check waiting past its deadline, whatever it sends in the meantime."""

import socket
import time

import pytest

from proveout.access.answer import Wrong

HEAD = b"HTTP/1.1 200 OK\r\nx: "
LONG = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n"


@pytest.fixture
def dripping(wire):
    """A function that starts a server that says something at once and then drips, for ever if it is let."""

    def dripping(begin, drop, every=0.05):
        def drip(connection, _request):
            connection.sendall(begin)
            while not server.ending.wait(every):
                connection.sendall(drop)

        server = wire(drip)
        return server

    return dripping


@pytest.mark.parametrize(
    ("begin", "drop"),
    [
        (b"", b""),
        (HEAD, b"x"),
        (LONG, b""),
        (LONG, b"x"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["silent", "header", "no body", "body", "chunks", "until closed", "continue"],
)
def test_a_server_that_never_comes_to_an_end_is_given_up(dripping, http_to, begin, drop):
    http = http_to(dripping(begin, drop).url, answer="400ms", concurrency=1)
    for _ in range(2):
        with pytest.raises(Wrong, match=r"^GET /: no complete answer within 0.4 s$"):
            http.get("/")
    assert http.guard.in_flight == 0


def test_a_server_that_floods_with_interim_answers_is_given_up(dripping, http_to):
    http = http_to(dripping(b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 100, every=0).url, answer="400ms")
    with pytest.raises(Wrong, match=r"no complete answer within 0\.4 s"):
        http.get("/")


def test_one_request_may_have_its_own_deadline(wire, said, http_to):
    def slow(_connection, _request):
        time.sleep(0.5)
        return said(b"done")

    http = http_to(wire(slow).url, answer="50ms")
    assert http.ask("GET", "/", within=10).body == b"done"
    with pytest.raises(Wrong, match=r"within 0\.05 s"):
        http.get("/")
    assert http.ask("GET", "/", within=10).body == b"done"


def test_a_slow_answer_does_not_take_time_from_the_next(wire, said, http_to):
    def slow(_connection, request):
        if "slow" in request:
            time.sleep(0.4)
        return said(b"done")

    http = http_to(wire(slow).url, answer="600ms")
    for path in ("/slow", "/slow", "/slow", "/quick"):
        assert http.get(path).body == b"done"


def test_a_server_that_reads_slowly_is_given_up(wire, http_to):
    def sip(connection, _request):
        while not server.ending.wait(0.05):
            taken = len(connection.recv(256 * 1024))
            server.received += taken
            if not taken:
                return

    server = wire(sip)
    body = b"x" * 2**24
    with pytest.raises(Wrong, match=r"no complete answer within 0\.4 s"):
        http_to(server.url, answer="400ms").ask("POST", "/api/run", content=body)
    assert server.received < len(body) // 2


def test_a_server_that_accepts_nobody_is_given_up(http_to):
    """A full backlog: the kernel drops further connections."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        address = deaf.getsockname()
        waiting = []
        for _ in range(3):
            client = socket.socket()
            client.setblocking(False)  # noqa: FBT003 - the socket's own method
            client.connect_ex(address)
            waiting.append(client)
        with pytest.raises(Wrong, match=r"nothing answers|no complete answer"):
            http_to(f"http://127.0.0.1:{address[1]}", answer="400ms").get("/")
        for client in waiting:
            client.close()
