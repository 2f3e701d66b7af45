import os
import subprocess

import pytest

from proveout.access.answer import Unknowable
from proveout.access.machine import Machine


@pytest.fixture
def folder(tmp_path, far, shell, monkeypatch):
    """Where the tmux servers of who looks have their sockets."""
    if shell.is_here:
        monkeypatch.setenv("TMUX_TMPDIR", str(tmp_path))
        monkeypatch.setenv("LC_ALL", "C")
        monkeypatch.delenv("TMUX", raising=False)
        return tmp_path
    return far.folder


@pytest.fixture
def tmux(folder):
    """A function that says something to a real tmux server of our own, which ends with the test."""

    def tmux(*words):
        kept = {name: value for name, value in os.environ.items() if name != "TMUX"}
        variables = kept | {"TMUX_TMPDIR": str(folder), "LC_ALL": "C.UTF-8"}
        return subprocess.run(["tmux", "-f/dev/null", *words], check=False, env=variables)

    yield tmux
    tmux("kill-server")


@pytest.fixture
def machine(machine_at, tmp_path):
    return machine_at(tmp_path)


def test_the_sessions_are_named(machine, tmux):
    for name in ("codex", "it's 100% grüße", "worker-2"):
        assert tmux("new-session", "-d", "-s", name, "sleep 600").returncode == 0
    assert sorted(machine.sessions()) == ["codex", "it's 100% grüße", "worker-2"]
    tmux("kill-session", "-t", "codex")
    assert "codex" not in machine.sessions()


def test_without_a_server_there_are_no_sessions(machine, tmux):
    assert machine.sessions() == []
    tmux("new-session", "-d", "-s", "last", "sleep 600")
    tmux("kill-server")  # its socket is left behind
    assert machine.sessions() == []


def test_a_server_without_a_session_has_none(machine, tmux):
    tmux("start-server", ";", "set", "-g", "exit-empty", "off", ";", "new-session", "-d", ";", "kill-session")
    assert machine.sessions() == []


def test_a_tmux_that_cannot_be_asked_is_not_taken_for_one_without_sessions(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.setenv("TMUX_TMPDIR", str(tmp_path / ("x" * 120)))
    (tmp_path / ("x" * 120)).mkdir()
    with pytest.raises(Unknowable, match=r"^tmux does not name its sessions: .*File name too long"):
        Machine.local(tmp_path).sessions()


def test_without_tmux_nobody_knows(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unknowable, match=r"^there is no tmux on the machine, or it is not in the PATH"):
        Machine.local(tmp_path).sessions()


def test_without_tmux_on_another_machine_nobody_knows(tmp_path, far):
    machine = Machine.at(far.named(port=far.bare), tmp_path)
    with pytest.raises(Unknowable, match=r"^there is no tmux on the machine, or it is not in the PATH"):
        machine.sessions()
    machine.close()
