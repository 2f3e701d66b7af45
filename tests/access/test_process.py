import os
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from proveout.access.answer import Unknowable

SLEEP = "import time; time.sleep(600)"
LISTEN = """
import socket, sys, time
sockets = []
for host, port in zip(sys.argv[1::2], sys.argv[2::2]):
    one = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    if ":" in host:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    one.bind((host, int(port)))
    one.listen()
    sockets.append(one)
print("\\n".join(str(one.getsockname()[1]) for one in sockets), flush=True)
time.sleep(600)
"""
HOSTS = ["127.0.0.1", "0.0.0.0", "127.0.0.2"] + (["::1", "::"] if Path("/proc/net/if_inet6").exists() else [])  # noqa: S104
# Starts a child, which starts a child: all of them are called as no program should be.
NAME = b"a) S 1 (\n\xff"
FAMILY = f"""
import ctypes, os, sys, time
ctypes.CDLL(None).prctl(15, {NAME!r})
depth = int(sys.argv[1])
if depth:
    words = [sys.executable, "-c", sys.argv[2], str(depth - 1), sys.argv[2]]
    os.posix_spawn(sys.executable, words, os.environ)
print(os.getpid(), flush=True)
time.sleep(600)
"""


@pytest.fixture
def processes(machine_at):
    return machine_at(None).processes


@pytest.fixture
def running():
    """A function that starts a program and returns its process; all end with the test."""
    started = []

    def running(*words, lines=0, **how):
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, **how)
        started.append(process)
        process.said = [process.stdout.readline().strip() for _ in range(lines)]
        return process

    yield running
    for process in started:
        if process.poll() is None:
            for member in psutil.Process(process.pid).children(recursive=True):
                member.kill()
        process.kill()
        process.communicate()


@pytest.fixture
def listener(running):
    """A function that starts a process that listens on hosts, and returns it and the ports."""

    def listener(*hosts, port=0):
        words = [word for host in hosts for word in (host, str(port))]
        process = running(sys.executable, "-c", LISTEN, *words, lines=len(hosts))
        return process, [int(said) for said in process.said]

    return listener


@pytest.fixture
def word():
    """A word that no other process of this machine has on its command line."""
    return f"mark-{secrets.token_hex(8)}"


@pytest.mark.parametrize("host", HOSTS)
def test_who_listens_is_found(processes, listener, host):
    process, [port] = listener(host)
    assert processes.listening(port) == {process.pid}


def test_all_who_listen_on_a_port_are_found(processes, listener):
    first, [port] = listener("127.0.0.1")
    second, _ = listener("127.0.0.2", port=port)
    assert processes.listening(port) == {first.pid, second.pid}


def test_a_process_may_listen_on_many_ports(processes, listener):
    process, ports = listener(*HOSTS)
    assert len(set(ports)) > 1
    assert [processes.listening(port) for port in ports] == [{process.pid}] * len(HOSTS)


def test_children_that_inherit_a_listener_listen_too(processes):
    with socket.create_server(("127.0.0.1", 0)) as server:
        child = subprocess.Popen([sys.executable, "-c", SLEEP], pass_fds=[server.fileno()])
        assert processes.listening(server.getsockname()[1]) == {os.getpid(), child.pid}
        child.kill()
        child.wait()


def test_who_is_connected_does_not_listen(processes):
    """A client has the port of a server in another column, and one of its own that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        accepted, _ = server.accept()
    with client, accepted:
        assert processes.listening(client.getsockname()[1]) == set()
        assert processes.listening(port) == set()  # the server is closed, its connection is not


def test_a_port_that_is_bound_but_not_listened_on_is_nobodys(processes):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        assert processes.listening(bound.getsockname()[1]) == set()


def test_a_family_are_children_and_their_children_whatever_they_are_called(processes, running):
    process = running(sys.executable, "-c", FAMILY, "2", FAMILY, lines=3)
    family = {int(said) for said in process.said}
    stranger = running(sys.executable, "-c", SLEEP)
    assert len(family) == 3
    assert Path(f"/proc/{process.pid}/comm").read_bytes() == NAME + b"\n"
    assert processes.family({process.pid}) == family
    assert processes.family(set()) == set()
    assert processes.family({process.pid, stranger.pid}) == family | {stranger.pid}
    assert processes.family({os.getpid()}) >= family | {stranger.pid}


def test_a_child_whose_parent_has_ended_is_no_family_any_more(processes, running):
    process = running("sh", "-c", "sleep 600 >/dev/null & echo $!", lines=1)
    child = int(process.said[0])
    process.wait()
    assert processes.family({process.pid}) == {process.pid}
    os.kill(child, 9)


@pytest.mark.parametrize("name", ["plain", "with blanks, 'quotes' & grüße", "100%s"])
def test_a_process_has_a_directory_a_program_and_a_command(processes, running, tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    process = running(sys.executable, "-c", SLEEP, "", "two words", name, cwd=folder)
    assert processes.directory(process.pid) == folder
    assert processes.program(process.pid) == Path(sys.executable).resolve()
    assert processes.command(process.pid) == [sys.executable, "-c", SLEEP, "", "two words", name]


def test_a_process_that_has_ended_has_nothing(processes, running):
    process = running("true")
    process.wait()
    assert processes.command(process.pid) == []
    for look in (processes.directory, processes.program, processes.files_of_command):
        with pytest.raises(Unknowable, match=f"^process {process.pid} cannot be looked at: .* it has ended"):
            look(process.pid)


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "bin" / "it's a gaia"
    path.parent.mkdir()
    path.write_text(f"#!{sys.executable}\n{SLEEP}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("how", ["{python} {script}", "{script}", "./{name}", "{python} -u {name} --port 1"])
def test_what_a_script_was_started_from_is_found(processes, running, script, how):
    words = [word.format(python=sys.executable, script=script, name=script.name) for word in how.split(" ")]
    process = running(*words, cwd=script.parent)
    assert processes.files_of_command(process.pid) == {script, Path(sys.executable).resolve()}


def test_what_a_program_was_started_from_is_found_behind_links(processes, running, tmp_path):
    sleep = Path("/bin/sleep").resolve()
    (tmp_path / "gaia").symlink_to(sleep)
    process = running("./gaia", "600", cwd=tmp_path)
    assert processes.files_of_command(process.pid) == {sleep}


def test_who_has_a_file_open_holds_it(processes, tmp_path):
    file = tmp_path / "it's a 100% file"
    file.touch()
    (tmp_path / "link").symlink_to(file.name)
    ours = {os.getpid()}
    assert processes.holding(file, ours) == set()
    with file.open("rb"):
        assert processes.holding(file, ours) == ours
        assert processes.holding(tmp_path / "link", ours) == ours
        assert processes.holding(file, {*ours, 1}) == ours
        assert processes.holding(file, set()) == set()
        assert processes.holding(tmp_path / "other", ours) == set()
    assert processes.holding(file, ours) == set()


def test_a_file_that_was_made_anew_is_not_held(processes, tmp_path):
    file = tmp_path / "x"
    file.touch()
    with file.open("rb"):
        file.unlink()
        file.touch()
        assert processes.holding(file, {os.getpid()}) == set()


def test_processes_are_found_by_a_word_of_their_command_line(processes, running, word):
    running(sys.executable, "-c", SLEEP, "--name", word)
    running(sys.executable, "-c", SLEEP, f"x{word}y", b"gr\xc3\xbc\xdfe")
    sleeping = f"{sys.executable} -c {SLEEP}"
    assert sorted(processes.with_word(word)) == [
        f"{sleeping} --name {word}",
        f"{sleeping} x{word}y grü\ufffde",
    ]


def test_looking_for_a_process_does_not_find_the_looking(processes, word):
    assert processes.with_word(word) == []


def test_a_process_that_has_ended_is_not_found(processes, running, word):
    process = running(sys.executable, "-c", SLEEP, word)
    assert processes.with_word(word)
    process.kill()  # it stays as a zombie until somebody asks for its exit status
    deadline = time.monotonic() + 10
    while processes.with_word(word) and time.monotonic() < deadline:
        pass
    assert processes.with_word(word) == []
    process.wait()
    assert processes.with_word(word) == []
