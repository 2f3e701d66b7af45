import os
import signal
import socket
import sys

import httpx
import pytest

from proveout.model.mistake import DefinitionError, UserError
from proveout.providers.address import free_port
from proveout.providers.process import NotReady

LISTEN = "import os, socket; s = socket.create_server(('127.0.0.1', int(os.environ['PORT'])))"
DRIPPING = """
import os, socket, time
with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as server:
    connection, _ = server.accept()
    for byte in b"HTTP/1.1 200 OK\\r\\nx: " + b"x" * 60:
        connection.send(bytes([byte]))
        time.sleep(0.05)
    connection.send(b"\\r\\ncontent-length: 0\\r\\n\\r\\n")
    time.sleep(60)
"""


def asked(copy):
    return httpx.get(copy.target.url, trust_env=False).json()


def test_a_copy_answers_from_its_own_directory(place):
    copy = place.copy()
    assert asked(copy)["files"] == ["config", "server.py"]
    assert copy.target.root == place.records / "copy-0" / "work"
    assert (copy.target.root / "config" / "env.dev").read_bytes() == place.configuration
    assert copy.target.log.read_text().startswith("listening on ")
    assert copy.target.started_in > 0
    assert copy.target.provenance == "reference"
    assert [path.stem for path in place.recorded()] == [copy.started.token]


def test_two_copies_have_their_own_ports(place):
    first, second = place.copy(), place.copy()
    assert first.target.url != second.target.url
    assert set(first.target.moved) == {"PORT", "METRICS_PORT"}
    assert asked(first)["variables"]["METRICS_PORT"] == first.target.moved["METRICS_PORT"]


def test_a_copy_sees_its_configuration_and_nothing_of_the_platform(place, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    place.start["variables"] = {"APP_ENV": "dev of the definition", "EXTRA": "1"}
    copy = place.copy(changed={"EXTRA": "2"})
    variables = asked(copy)["variables"]
    assert variables.pop("LC_CTYPE", "C.UTF-8") == "C.UTF-8"
    assert variables == {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": str(copy.target.root),
        "PROVEOUT_STARTED_AS": copy.started.token,
        "APP_ENV": "dev of the definition",
        "EXTRA": "2",
        **{name: copy.target.moved[name] for name in ("PORT", "METRICS_PORT")},
    }


def test_a_secret_is_handed_on_by_its_name_only(place, monkeypatch):
    monkeypatch.setenv("GEMINI_API_KEY", "hunter2")
    monkeypatch.setenv("OPENAI_API_KEY", "")
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    place.start["secrets"] = ["GEMINI_API_KEY", "OPENAI_API_KEY", "ANTHROPIC_API_KEY"]
    copy = place.copy()
    variables = asked(copy)["variables"]
    assert variables["GEMINI_API_KEY"] == "hunter2"
    assert not {"OPENAI_API_KEY", "ANTHROPIC_API_KEY"} & set(variables)
    for record in place.recorded():
        assert "hunter2" not in record.read_text()


def test_a_copy_that_ends_at_once_tells_how_and_its_last_words(place):
    place.program = (
        "import sys\nfor n in range(30): print('line', n)\nprint('\\x1b[31mno database'); sys.exit(3)"
    )
    with pytest.raises(NotReady) as caught:
        place.copy()
    text = str(caught.value)
    assert "it ended with exit status 3 before it answered http://127.0.0.1:" in text
    assert "    | \\x1b[31mno database" in text
    assert "| line 16\n" in text
    assert "| line 15\n" not in text
    assert place.recorded() == []


def test_a_copy_that_is_killed_tells_the_signal(place):
    place.program = f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})"
    with pytest.raises(NotReady, match=r"it ended by signal 9 .*\n.*\n    \| \(nothing\)"):
        place.copy()


@pytest.mark.parametrize(
    ("program", "seen"),
    [
        ("import time; print('up', flush=True); time.sleep(600)", "refused"),
        (
            "import re, pathlib; exec(pathlib.Path('good.py').read_text().replace('200', '503'))",
            "answered 503",
        ),
        (f"{LISTEN}\nimport time; time.sleep(600)", "last seen: http"),
        (
            f"{LISTEN}\nwhile True:\n  c, _ = s.accept(); c.send(b'SSH-2.0-x\\r\\n'); c.close()",
            "last seen: http",
        ),
    ],
    ids=["deaf", "broken", "silent", "other"],
)
def test_a_copy_that_never_gets_ready_is_given_up_and_ended(place, runs, program, seen):
    place.write()
    (place.directory / "good.py").write_text(place.program)
    place.start["files"]["good.py"] = "good.py"
    place.start["ready_within"] = "4s"
    place.program = f"import os, pathlib\npathlib.Path('pid').write_text(str(os.getpid()))\n{program}"
    with pytest.raises(NotReady, match=r"it was not ready within 4 s; last seen: .*") as caught:
        place.copy()
    assert seen in str(caught.value)
    assert not runs(int((place.records / "copy-0" / "work" / "pid").read_text()))
    assert place.recorded() == []


def test_no_server_keeps_the_start_waiting_past_its_time(place):
    place.program = DRIPPING
    place.start["ready_within"] = "1s"
    with pytest.raises(NotReady, match="not ready within 1 s"):
        place.copy()


def test_a_command_that_does_not_exist_is_the_users_mistake(place):
    place.start["command"] = ["ceesar-sever", "--port"]
    with pytest.raises(
        UserError, match=r"environment.toml: \[start\] command cannot be started: ceesar-sever \(No such file"
    ):
        place.copy()
    assert place.recorded() == []


def test_a_program_that_may_not_be_run_is_the_users_mistake(place):
    place.start["command"] = ["./server.py"]
    with pytest.raises(UserError, match=r"cannot be started: ./server.py \(Permission denied\)"):
        place.copy()


def test_all_files_that_are_missing_are_named(place):
    place.start["files"] |= {"data": "../data", "x/y.txt": "y.txt"}
    with pytest.raises(DefinitionError) as caught:
        place.copy()
    assert [m.key for m in caught.value.mistakes] == [
        '[start.files] data = "../data"',
        '[start.files] x/y.txt = "y.txt"',
    ]
    assert place.recorded() == []


@pytest.mark.parametrize("file", ["config/env.gamma", "server.py/env", "config", "."])
def test_a_configuration_that_is_not_among_the_files_is_the_users_mistake(place, file):
    place.file = file
    with pytest.raises(DefinitionError, match=r'\[configuration\] file = "'):
        place.copy()


def test_a_configuration_that_is_no_text_is_the_users_mistake(place):
    place.configuration = b"APP_ENV=\xff\n"
    with pytest.raises(DefinitionError, match=r"\[configuration\] file = .*\n  not UTF-8 text"):
        place.copy()


def test_a_folder_may_be_the_whole_working_copy(place):
    place.write()
    place.start["files"] = {".": "."}
    assert "server.py" in asked(place.copy())["files"]


def test_a_copy_listens_on_its_declared_port_if_asked_to(place):
    port = free_port()
    place.network["port"] = port
    place.configuration = f"PORT={port}\n".encode()
    copy = place.copy(declared_ports=True)
    assert copy.target.url == f"http://127.0.0.1:{port}"
    assert copy.target.moved == {}


def test_a_declared_port_that_is_taken_is_the_users_mistake(place):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place.network["port"] = port = taken.getsockname()[1]
        with pytest.raises(UserError, match=rf"demo/dev: port {port} .*; process {os.getpid()} \(") as caught:
            place.copy(declared_ports=True)
    assert "next: stop that process" in str(caught.value)
    assert place.recorded() == []


@pytest.mark.parametrize("value", ["80a80", "99999", "-1"])
def test_a_configured_port_that_is_none_is_a_sentence_not_a_crash(place, value):
    place.network["port"] = free_port()
    place.configuration = f"PORT={value}\n".encode()
    place.program = "import time; time.sleep(600)"
    place.start["ready_within"] = "500ms"
    with pytest.raises((UserError, NotReady)):
        place.copy(declared_ports=True)


def test_an_environment_without_start_cannot_be_copied(place):
    place.start = None
    with pytest.raises(UserError, match=r"demo/dev: the definition has no \[start\]"):
        place.copy()


def test_python_in_a_command_is_the_one_that_runs_the_checks(place):
    place.start["command"] = ["{python}", "-c", "import sys; print(sys.executable); sys.exit(1)"]
    with pytest.raises(NotReady, match=rf"\| {sys.executable}"):
        place.copy()
