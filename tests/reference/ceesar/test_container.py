"""The container backend: when it is taken, and with which options; a script stands in for the client."""

import os
import shlex

import pytest

CLIENT = """#!/bin/sh
echo "$@" >> {record}
case "$1 $2" in
"version --format") {version} ;;
"image inspect") {image} ;;
esac
case "$1" in
kill) touch {folder}/killed; exit 0 ;;
run) ;;
*) exit 1 ;;
esac
case "$*" in
*"command -v"*) echo /usr/bin/python3; echo /usr/bin/timeout; exit 0 ;;
esac
{run}
"""


@pytest.fixture
def client(tmp_path):
    """Writes a docker client that answers as told; returns the PATH to find it and its record."""

    def write(version="exit 0", image="exit 0", run="exec cat"):
        script = tmp_path / "docker"
        record = tmp_path / "record"
        script.write_text(
            CLIENT.format(record=record, folder=tmp_path, version=version, image=image, run=run)
        )
        script.chmod(0o755)
        return {"PATH": f"{tmp_path}:{os.environ['PATH']}", "EXECUTOR_MODE": "docker"}, record

    return write


@pytest.mark.parametrize(
    ("mode", "engine", "expected"),
    [
        ("stub", {}, ("", "stub mode runs a jailed process")),
        ("firecracker", {}, ("", "firecracker is not available in this build")),
        ("docker", {"version": "exit 1"}, ("", "no container engine answers")),
        ("docker", {"version": "exec sleep 60"}, ("", "no container engine answers")),
        ("docker", {}, ("", "EXECUTOR_IMAGE is not set")),
        ("docker", {"image": "exit 1"}, ("judge:1", "the image judge:1 is not present")),
    ],
)
def test_without_a_container_the_log_says_why(make_server, client, mode, engine, expected):
    (image, reason), (variables, _) = expected, client(**engine)
    server = make_server(**{**variables, "EXECUTOR_MODE": mode, "EXECUTOR_IMAGE": image})
    assert f'executor_mode={mode} executor=jail reason="{reason}"' in server.log
    assert server.run("print('jailed')")["result"] == "jailed\n"


def test_a_program_runs_closed_in(make_server, client):
    variables, record = client()
    server = make_server(**variables, EXECUTOR_IMAGE="judge:1")
    assert "executor=container" in server.log
    assert server.run("print()", given="echoed") == {"error": "", "result": "echoed"}
    command = shlex.split(record.read_text().splitlines()[-1])
    for option in (
        "--rm",
        "--network=none",
        "--memory=128m",
        "--memory-swap=128m",
        "--pids-limit=64",
        "--read-only",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "--cpus=1",
    ):
        assert option in command
    assert any(option.startswith("--tmpfs=") for option in command)
    assert not any(option.startswith(("--user=0", "--privileged")) for option in command)
    assert server.run("x", "ruby", "main.rb")["error"] == "ruby is not installed in this environment"


def test_a_container_that_takes_too_long_is_killed_by_its_name(make_server, client, tmp_path):
    wait = f"until [ -e {tmp_path}/killed ]; do sleep 0.05; done; exit 137"
    variables, record = client(run=wait)
    server = make_server(**variables, EXECUTOR_IMAGE="judge:1", EXECUTION_TIMEOUT_SECONDS="0.2")
    assert server.run("while True: pass")["error"] == "execution timed out after 0.2 s"
    lines = record.read_text().splitlines()
    name = next(word for line in lines for word in line.split() if word.startswith("--name="))
    assert f"kill {name.removeprefix('--name=')}" in lines


def test_an_engine_that_fails_is_the_servers_fault(make_server, client):
    variables, _ = client(run="exit 125")
    server = make_server(**variables, EXECUTOR_IMAGE="judge:1")
    body = {"language": "python", "files": {"Main.py": "1"}}
    answer = server.client.post("/api/run", json=body)
    assert (answer.status_code, answer.json()) == (500, {"error": "the program could not be started"})
