"""The command between the provider and the server, with a real little server behind it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import httpx
import pytest

from proveout.drill.fault import Harm
from proveout.providers.address import free_port

SERVER = """
import http.server, json, os, pathlib, signal, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        print("level=info path=" + self.path, flush=True)

    def do_GET(self):
        files = {p.name: p.read_text() for p in pathlib.Path(".").glob("*.env")}
        body = json.dumps({"variables": dict(os.environ), "files": files}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

def end(*_):
    print("goodbye", flush=True)
    sys.exit(7)

signal.signal(signal.SIGTERM, end)
if "LONG" in os.environ:
    print("x" * 200_000, flush=True)
print("listening on port=" + os.environ["PORT"], flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


class Running:
    """A harmed command and the port it should answer on."""

    def __init__(self, folder, harm, command, **variables):
        (folder / "harm.json").write_text(Harm.model_validate(harm).model_dump_json())
        (folder / "server.py").write_text(SERVER)
        self.port = free_port()
        self.log = folder / "log"
        words = [
            sys.executable,
            "-m",
            "proveout.drill.harmed",
            str(folder / "harm.json"),
            '{"port": "PORT"}',
            "--",
        ]
        with self.log.open("wb") as stream:
            self.process = subprocess.Popen(
                words + (command or [sys.executable, "server.py"]),
                cwd=folder,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env={"PATH": os.environ["PATH"], "PORT": str(self.port)} | variables,
                start_new_session=True,
            )

    def get(self, path="/"):
        """Ask until it answers, at most ten seconds."""
        deadline = time.monotonic() + 10
        while True:
            try:
                return httpx.get(f"http://127.0.0.1:{self.port}{path}", trust_env=False)
            except httpx.TransportError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    pytest.fail(f"it does not answer: {self.log.read_text()[-500:]}")
                time.sleep(0.05)

    def ended(self):
        return self.process.wait(10)


def said(server, text):
    """Return whether the log comes to say a text; it is written beside the answers, not before them."""
    deadline = time.monotonic() + 10
    while text not in server.log.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    return text in server.log.read_text()


@pytest.fixture
def harmed(tmp_path):
    """A function that starts the little server harmed."""
    running = []

    def harmed(command=None, *, variables=None, instead=(), **harm):
        harm["command"] = instead
        running.append(Running(tmp_path, harm, command, **variables or {}))
        return running[-1]

    yield harmed
    for one in running:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(one.process.pid, signal.SIGKILL)
        one.process.wait()


def test_without_harm_the_command_itself_runs(harmed):
    server = harmed()
    assert server.get().json()["variables"]["PORT"] == str(server.port)
    assert "proveout" not in " ".join(open(f"/proc/{server.process.pid}/cmdline").read().split("\0"))  # noqa: PTH123, SIM115


def test_files_are_edited_and_removed_before_the_start(harmed, tmp_path):
    (tmp_path / "a.env").write_text("A=1\nB=2\n")
    (tmp_path / "b.env").write_text("C=3\n")
    server = harmed(files={"a.env": {"find": "^A=.*", "put": "A=9"}, "b.env": {}})
    assert server.get().json()["files"] == {"a.env": "A=9\nB=2\n"}


def test_variables_keep_a_value_whatever_anybody_sets(harmed):
    server = harmed(ignored={"APP_ENV": "dev", "NEW": "1"}, variables={"APP_ENV": "gamma", "OTHER": "2"})
    seen = server.get().json()["variables"]
    assert (seen["APP_ENV"], seen["NEW"], seen["OTHER"]) == ("dev", "1", "2")


def test_another_command_takes_the_place_of_the_first(harmed):
    server = harmed(["echo", "the first"], instead=["sh", "-c", 'echo instead of "$@"', "x", "{command}"])
    assert server.ended() == 0
    assert server.log.read_text() == "instead of echo the first\n"


def test_answers_are_altered_on_their_way(harmed):
    server = harmed(answers=[{"path": "/x", "set": {"status": "degraded"}, "remove": ["variables"]}])
    assert server.get("/x").json() == {"files": {}, "status": "degraded"}
    assert server.get("/y").json()["variables"]["PORT"] != str(server.port)


def test_the_log_does_not_show_that_somebody_stands_between(harmed):
    server = harmed(answers=[{"path": "*", "status": 503}])
    assert server.get().status_code == 503
    assert said(server, f"listening on port={server.port}\n")


def test_lines_of_the_log_are_edited(harmed):
    server = harmed(
        log=[{"find": "level=info", "put": "level=debug"}, {"find": r"port=\d+", "put": "port=1"}]
    )
    server.get("/x")
    deadline = time.monotonic() + 10
    while "path=/x" not in server.log.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.log.read_text().splitlines() == ["listening on port=1", "level=debug path=/x"]


@pytest.mark.parametrize(
    "harm",
    [{}, {"log": [{"find": "x", "put": "y"}]}, {"answers": [{"path": "*"}]}],
    ids=["none", "log", "answers"],
)
def test_the_server_is_asked_to_end_and_its_exit_status_is_handed_on(harmed, harm):
    server = harmed(**harm)
    server.get()
    server.process.terminate()
    assert server.ended() == 7
    assert server.log.read_text().endswith("goodbye\n")


def test_a_server_that_ends_ends_the_drill(harmed):
    server = harmed(command=["sh", "-c", "echo no database; exit 3"], answers=[{"path": "*"}])
    assert server.ended() == 3
    assert server.log.read_text() == "no database\n"


def test_a_very_long_line_of_the_log_breaks_nothing(harmed):
    server = harmed(log=[{"find": "x", "put": "y"}], variables={"LONG": "1"})
    assert server.get().status_code == 200
    assert said(server, json.dumps("y" * 1000)[1:-1])


def test_what_is_done_before_is_done_before_the_start(harmed, tmp_path):
    (tmp_path / "a.env").write_text("A=1\n")
    server = harmed(before="mv a.env b.env && echo B=2 >> b.env")
    assert server.get().json()["files"] == {"b.env": "A=1\nB=2\n"}


def test_harm_that_cannot_be_done_starts_nothing(harmed):
    server = harmed(before="mv nothing anywhere")
    assert server.ended() != 0
    assert "listening" not in server.log.read_text()


def test_what_is_done_after_is_done_before_anybody_gets_an_answer(harmed, tmp_path):
    (tmp_path / "a.env").write_text("A=1\n")
    server = harmed(after="sleep 0.3; rm a.env")
    assert server.get().json()["files"] == {}
    assert said(server, "path=/")  # it was up already when the harm was done


def test_harm_that_cannot_be_done_afterwards_ends_the_server(harmed):
    server = harmed(after="rm nothing")
    assert server.ended() == 7
