"""What only a machine that is not this one can do: be out of reach, be left, be in a container."""

import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from proveout.access.answer import Unknowable, Wrong
from proveout.access.machine import Machine
from proveout.access.shell import Shell


@pytest.fixture
def at(tmp_path):
    """A function that gives a machine at the end of a connection; all are left with the test."""
    made = []

    def at(connection, root=tmp_path, port=0):
        made.append(Machine.at(connection, root, port))
        return made[-1]

    yield at
    for machine in made:
        machine.close()


def refused(machine):
    """The sentence that is said instead of an answer, and that it is said soon."""
    begun = time.monotonic()
    with pytest.raises(Unknowable) as caught:
        machine.exists("x")
    assert time.monotonic() - begun < 10
    return str(caught.value)


def test_another_machine_is_not_here(far, at, tmp_path):
    machine = at(far.connection)
    assert not machine.is_here
    assert machine.name == "ssh://127.0.0.1"
    assert machine.connection == far.connection
    (tmp_path / "x").write_text("grüße")
    assert machine.text("x") == "grüße"


def test_who_has_no_key_there_knows_nothing(far, at):
    said = refused(at(far.named(key="strange_key")))
    assert said.startswith("ssh://127.0.0.1: ")
    assert said.endswith("Permission denied (publickey).")


def test_a_machine_that_nobody_vouches_for_is_not_asked(far, at):
    assert refused(at(far.named(hosts="unknown"))) == "ssh://127.0.0.1: Host key verification failed."


def test_where_nobody_listens_nobody_knows(far, at):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert refused(at(far.named(port=port))).endswith(f"port {port}: Connection refused")


def test_a_server_that_says_nothing_is_not_waited_for(far, at):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        said = refused(at(far.named(port=mute.getsockname()[1], rest="&timeout=1")))
    assert "timed out" in said


def test_a_server_that_speaks_something_else_is_none(far, at):
    with socket.create_server(("127.0.0.1", 0)) as other:

        def speak():
            connection, _ = other.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        speaker = threading.Thread(target=speak)
        speaker.start()
        assert refused(at(far.named(port=other.getsockname()[1]))).startswith("ssh://127.0.0.1: ")
        speaker.join()


def test_settings_that_are_missing_are_said_so(at):
    said = refused(at("ssh://127.0.0.1?ssh_config=/nowhere/config"))
    assert "/nowhere/config" in said


def test_a_login_that_runs_no_commands_is_said_so(far, at):
    said = refused(at(far.named(port=far.closed)))
    assert said == "ssh://127.0.0.1: Not available now."


def test_a_machine_that_stops_answering_is_not_taken_for_one_without_the_file(far, at, tmp_path):
    (tmp_path / "x").touch()
    machine = at(far.named(port=far.closed))
    (far.folder / "open").touch()
    assert machine.exists("x")
    assert not machine.exists("y")
    (far.folder / "open").unlink()
    assert refused(machine) == "ssh://127.0.0.1: Not available now."


LOOK = """
import pathlib, sys
from proveout.access.machine import Machine
machine = Machine.at(sys.argv[1], pathlib.Path("/"))
try:
    machine.exists("x")
except Exception as error:
    print(error)
machine.close()
"""


def test_nobody_is_asked_for_anything(far):
    """Not even where there is a terminal and somebody who could answer."""
    on_a_terminal = "import pty, sys; pty.spawn(sys.argv[1:])"
    words = [sys.executable, "-c", on_a_terminal, sys.executable, "-c", LOOK, far.named(hosts="unknown")]
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=30, check=False, stdin=subprocess.DEVNULL
    )
    assert done.stdout.splitlines() == ["ssh://127.0.0.1: Host key verification failed."]


def test_a_login_that_talks_would_spoil_every_answer(far, at):
    said = refused(at(far.named(port=far.talking)))
    assert said == "ssh://127.0.0.1: its login writes to standard output (Welcome)"


def test_without_ssh_nobody_gets_there(far, at, monkeypatch, tmp_path):
    (tmp_path / "sh").symlink_to("/bin/sh")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "ssh: not found" in refused(at(far.connection))


@pytest.mark.parametrize(
    "connection", ["docker://proveout-has-no-such-container", "docker://nobody@proveout-none"]
)
def test_a_container_that_is_not_there_is_said_so(at, connection):
    """Whether the client, the engine or the container is missing."""
    assert refused(at(connection)).startswith(f"{connection}: ")


def test_a_path_that_is_not_there_is_none_of_the_connections_failures(far, at):
    machine = at(far.connection)
    assert not machine.exists("nowhere")
    with pytest.raises(Wrong, match="nowhere is missing"):
        machine.text("nowhere")


def masters(folder):
    """The processes that keep a connection open, which bears the name of its socket."""
    return [
        process.info["pid"]
        for process in psutil.process_iter(["pid", "cmdline"])
        if any(folder in word for word in process.info["cmdline"] or [])
    ]


def test_one_connection_serves_all_commands_until_it_is_closed(far):
    shell = Shell(far.connection)
    folder = shell._folder
    shell.run("true")
    [master] = masters(folder)
    begun = time.monotonic()
    for _ in range(10):
        assert shell.run("echo %s", "it's").lines == ["it's"]
    assert time.monotonic() - begun < 5
    assert masters(folder) == [master]
    shell.close()
    deadline = time.monotonic() + 4  # it would end by itself five seconds after its last command
    while masters(folder) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert masters(folder) == []
    assert not Path(folder).exists()


def test_what_was_never_used_can_be_closed(far):
    shell = Shell(far.connection)
    shell.close()
    shell.close()


def test_the_socket_does_not_lie_where_its_path_would_be_too_long(far, tmp_path, monkeypatch):
    (tmp_path / ("x" * 100)).mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / ("x" * 100)))
    monkeypatch.setattr("tempfile.tempdir", None)
    shell = Shell(far.connection)
    assert shell.run("echo a").stdout == "a\n"
    shell.close()


def test_what_is_no_text_does_not_hide_the_rest(shell):
    done = shell.run(r"printf 'a\377\n'; printf 'b\376\n' >&2; false")
    assert done.rc == 1
    assert done.lines == ["a\ufffd"]
    assert done.last_words == "b\ufffd"
    assert done.stdout_bytes == b"a\xff\n"


def test_the_directory_is_that_of_who_listens(machine_at, tmp_path, monkeypatch):
    (tmp_path / "it's a gaia").mkdir()
    monkeypatch.chdir(tmp_path / "it's a gaia")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert machine_at(None, port).root == tmp_path / "it's a gaia"
        assert machine_at(tmp_path, port).root == tmp_path
    with pytest.raises(Unknowable, match=rf"no process there listens on port {port}, so the directory"):
        assert machine_at(None, port).root
