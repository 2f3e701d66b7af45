"""The WebSocket: figures on a steady beat, bounded listeners, nobody waits for a slow one."""

import contextlib
import json
import socket
import time
from datetime import datetime

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

HANDSHAKE = (
    "GET /ws/admin/quotas HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@pytest.fixture(scope="module")
def server(make_shared_server):
    """A server that takes two listeners."""
    return make_shared_server("prod", GAIA_WS_MAX_CONNECTIONS="2")


def listen(server):
    return connect(f"ws://127.0.0.1:{server.port}/ws/admin/quotas", proxy=None)


def health(server):
    return server.client.get("/api/ws/health").json()


def test_figures_come_at_once_and_then_every_five_seconds(server):
    with listen(server) as client:
        first = json.loads(client.recv(5))
        stats = json.loads(client.recv(5))
        assert (first["type"], stats["type"]) == ("connected", "stats")
        assert {"total_users", "total_commands_today", "quotas_exceeded_today"} <= set(stats["data"])
        datetime.fromisoformat(stats["timestamp"])
        client.send(json.dumps({"type": "ping"}))
        assert json.loads(client.recv(5))["type"] == "pong"
        for nonsense in ("not json", "[" * 5000, '"text"', b"\x00"):
            client.send(nonsense)
        started = time.monotonic()
        assert json.loads(client.recv(10))["type"] == "stats"
        assert 3.5 < time.monotonic() - started < 6


def test_listeners_are_counted_and_bounded(server, eventually):
    assert eventually(lambda: health(server)["connected_clients"] == 0)
    with listen(server), listen(server):
        assert eventually(lambda: health(server)["connected_clients"] == 2)
        assert server.metrics()["gaia_websocket_clients"] == 2
        with pytest.raises(InvalidStatus) as refused, listen(server):
            pass
        assert refused.value.response.status_code == 503
        assert health(server)["max_connections"] == 2
    assert eventually(lambda: health(server)["connected_clients"] == 0)
    assert health(server)["status"] == "healthy"


def test_a_listener_that_vanishes_or_never_reads_stops_nobody(server, eventually):
    with contextlib.ExitStack() as held:
        for _ in range(2):
            silent = held.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=5))
            silent.sendall(HANDSHAKE.encode())
            assert silent.recv(12) == b"HTTP/1.1 101"
        started = time.monotonic()
        assert server.client.get("/health").status_code == 200
        assert time.monotonic() - started < 1
    assert eventually(lambda: health(server)["connected_clients"] == 0)


def test_a_listener_does_not_delay_the_end(make_server):
    server = make_server("dev")
    with listen(server) as client:
        client.recv(5)
        assert server.stop() == 0
    assert "ERROR" not in server.site.log


def test_an_unknown_socket_is_refused(server):
    with pytest.raises(InvalidStatus), connect(f"ws://127.0.0.1:{server.port}/ws/other", proxy=None):
        pass
