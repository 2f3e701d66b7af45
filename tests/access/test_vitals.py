"""What the processes of a server take, by the port they listen on; the same through ssh."""

import contextlib
import os
import signal
import subprocess
import sys

import psutil
import pytest

from proveout.access.answer import Wrong
from proveout.access.vitals import Pulse
from proveout.providers.address import free_port

# Listens, then begins so many children and opens so many files; a line on its input makes it grow.
SERVER = """
import socket, subprocess, sys
port, children, files = map(int, sys.argv[1:])
listener = socket.create_server(("127.0.0.1", port))
begun = [subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) for _ in range(children)]
opened = [open("/dev/null") for _ in range(files)]
kept = []
print("ready", flush=True)
for line in sys.stdin:
    kept.append(b"x" * int(line))
    print("grown", flush=True)
"""


class Server:
    """The little server as a process of its own."""

    def __init__(self, port, children=0, files=0):
        words = [sys.executable, "-c", SERVER, str(port), str(children), str(files)]
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self.process.stdout.readline() == "ready\n"

    def grow(self, size):
        self.process.stdin.write(f"{size}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "grown\n"

    def end(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def serve():
    """A function that starts the little server on a port."""
    started = []

    def serve(*words, **how):
        started.append(Server(*words, **how))
        return started[-1]

    yield serve
    for server in started:
        server.end()


def test_the_listener_is_found_with_what_it_takes(serve, machine_at, tmp_path):
    port = free_port()
    server = serve(port, files=20)
    pulse = Pulse(machine_at(tmp_path), port)
    before = pulse.feel()
    process = psutil.Process(server.process.pid)
    assert before.pid == process.pid
    assert before.started == pytest.approx(process.create_time(), abs=2)
    assert before.descriptors >= 20
    assert before.threads == 1
    server.grow(30 * 2**20)
    after = pulse.feel()
    assert after.rss - before.rss >= 30 * 2**20
    assert (after.pid, after.started) == (before.pid, before.started)


def test_children_of_the_server_count(serve, machine_at, tmp_path):
    port = free_port()
    serve(port, children=2)
    assert Pulse(machine_at(tmp_path), port).feel().threads == 3


def test_another_process_on_the_port_is_another_server(serve, machine_at, tmp_path):
    port = free_port()
    first = serve(port)
    pulse = Pulse(machine_at(tmp_path), port)
    before = pulse.feel()
    first.end()
    with pytest.raises(Wrong, match=f"no process listens on port {port}"):
        pulse.feel()
    serve(port)
    after = pulse.feel()
    assert after.pid != before.pid
    assert after.started > before.started


def test_looking_is_cheap(serve, machine_at, tmp_path):
    port = free_port()
    serve(port)
    machine = machine_at(tmp_path)
    pulse = Pulse(machine, port)
    pulse.feel()
    before = _used()
    for _ in range(10):
        pulse.feel()
    # Ours and of the commands that were waited for; a bound, far above what it takes.
    assert (_used() - before) / 10 < 0.1


def _used():
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
