"""What a server takes of its machine, with everything that it started."""

import subprocess
import sys

import pytest

from proveout.access.machine import Machine
from proveout.access.usage import Meter
from proveout.providers.readiness import NotYet, probe

HELD = 60 << 20  # bytes
SERVER = """
import socket, subprocess, sys
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
for line in sys.stdin:
    exec(line)
    print("done", flush=True)
"""


class Server:
    def __init__(self):
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVER], stdin=pipe, stdout=pipe, text=True, start_new_session=True
        )
        self.port = int(self.process.stdout.readline())

    def does(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"

    def end(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.end()


@pytest.fixture
def meter(server, tmp_path):
    return Meter(Machine.local(tmp_path), server.port)


def test_memory_of_the_server_and_of_what_it_runs_is_counted(server, meter):
    before = meter.read().memory
    server.does(f"held = b'x' * {HELD}")
    own = meter.read().memory
    assert own - before > 0.9 * HELD
    hold = f"import sys; held = b'x' * {HELD}; print(flush=True); sys.stdin.read()"
    server.does(
        f"child = subprocess.Popen([sys.executable, '-c', {hold!r}], "
        "stdin=subprocess.PIPE, stdout=subprocess.PIPE); child.stdout.readline()"
    )
    assert meter.read().memory - own > 0.9 * HELD
    server.does("child.communicate()")
    assert meter.read().memory - own < 0.5 * HELD


def test_pages_that_processes_share_are_counted_once(server, meter):
    server.does(f"held = b'x' * {HELD}")
    own = meter.read().memory
    server.does("import os; child = os.fork() or (sys.stdin.close(), os.read(os.pipe()[0], 1))")
    assert meter.read().memory - own < 0.5 * HELD
    server.does("os.kill(child, 9); os.wait()")


def test_cpu_time_of_programs_that_have_ended_is_counted(server, meter):
    before = meter.read().cpu
    burn = "import time; begin = time.process_time()\nwhile time.process_time() - begin < 0.4: pass"
    server.does(f"subprocess.run([sys.executable, '-c', {burn!r}])")
    assert meter.read().cpu - before >= 0.35


def test_the_server_is_known_by_its_process_and_its_begin(server, meter):
    first, second = meter.read(), meter.read()
    assert first.listeners == second.listeners
    assert [pid for pid, _ in first.listeners] == [server.process.pid]
    assert second.at >= first.at


def test_a_server_that_is_gone_is_nobody(server, meter):
    meter.read()
    server.end()

    def gone():
        if meter.read().listeners:
            raise NotYet("it is still there")

    probe(gone, within=20)
    assert meter.read().memory == 0
