import secrets
import subprocess
import sys

import pytest

from proveout.access.answer import Wrong
from proveout.access.machine import Machine


@pytest.fixture
def machine(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "env.gamma").write_text("APP_ENV=gamma\n# PORT=1\nLOG_LEVEL=\nORIGIN='grüße'\n")
    return Machine.local(tmp_path)


@pytest.fixture
def running():
    """A function that starts a process with a word on its command line."""
    started = []

    def running(*words):
        started.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", *words]))
        return started[-1]

    yield running
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def word():
    """A word that no other process of this machine has on its command line."""
    return f"mark-{secrets.token_hex(8)}"


def test_a_file_is_looked_at_below_the_directory(machine):
    assert machine.is_file("config/env.gamma")
    assert not machine.is_file("config")
    assert machine.exists("config")
    assert not machine.exists("config/env.dev")


def test_the_text_and_settings_of_a_file_are_read(machine):
    assert machine.text("config/env.gamma").startswith("APP_ENV=gamma\n")
    assert machine.settings("config/env.gamma") == {"APP_ENV": "gamma", "ORIGIN": "grüße"}


@pytest.mark.parametrize("path", ["config/env.dev", "config", "nowhere/x", "config/env.gamma/x"])
def test_a_file_that_is_missing_is_said_so(machine, path):
    with pytest.raises(Wrong, match=f"^{path} is missing in /"):
        machine.text(path)


def test_a_file_that_is_no_text_is_said_so(machine):
    (machine.root / "x").write_bytes(b"\xff\xfe")
    with pytest.raises(Wrong, match=r"^x in /.* is not UTF-8 text"):
        machine.text("x")


def test_a_name_with_blanks_and_quotes_is_a_name(machine):
    (machine.root / "it's a file; $HOME").write_text("x")
    assert machine.text("it's a file; $HOME") == "x"


def test_processes_are_found_by_a_word_of_their_command_line(machine, running, word):
    running("--name", word)
    running(f"x{word}y", "second")
    lines = machine.processes_with(word)
    assert sorted(line.split(" ", 3)[3].rpartition(")")[2].strip() for line in lines) == [
        f"--name {word}",
        f"x{word}y second",
    ]


def test_looking_for_a_process_does_not_find_the_looking(machine, word):
    assert machine.processes_with(word) == []


def test_a_process_that_has_ended_is_not_found(machine, running, word):
    process = running(word)
    assert machine.processes_with(word)
    process.kill()  # it stays as a zombie until somebody asks for its exit status
    deadline = 100
    while machine.processes_with(word) and deadline:
        deadline -= 1
    assert machine.processes_with(word) == []
    process.wait()
    assert machine.processes_with(word) == []
