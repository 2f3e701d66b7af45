"""The life of the process: what it says when it starts, how it stops, what it leaves."""

import contextlib
import json
import re
import signal
import threading
from pathlib import Path

import httpx
import pytest

SLEEPER = "import subprocess; subprocess.run(['sleep', '{marker}'])"


def in_background(call):
    """The thread of a call, and the list its answer will stand in; a call cut off has no answer."""
    answers = []

    def keep():
        with contextlib.suppress(httpx.TransportError):
            answers.append(call())

    thread = threading.Thread(target=keep)
    thread.start()
    return thread, answers


def test_the_first_line_shows_what_is_in_force(make_server):
    server = make_server(LOG_LEVEL="error", OPENAI_API_KEY="secret-2", EXECUTION_TIMEOUT_SECONDS="30")
    first, second = server.log.splitlines()[:2]
    assert re.match(r"time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z event=startup app_env=gamma ", first)
    for part in (
        f"port={server.port}",
        "frontend_origin=https://gamma.ceesarcode.example.com",
        "executor_mode=stub executor=jail",
        "log_level=error execution_timeout_seconds=30 max_memory_mb=128 max_concurrent_executions=3",
        "enable_pair_programming=true",
        "gemini_api_key=unset openai_api_key=set",
    ):
        assert part in first
    assert "event=listening" in second
    assert "secret-2" not in server.log


@pytest.mark.parametrize(
    ("level", "seen"),
    [("debug", {"debug", "info", "warn"}), ("info", {"info", "warn"}), ("warn", {"warn"}), ("error", set())],
)
def test_the_log_level_decides_what_is_logged(make_server, eventually, level, seen):
    server = make_server(LOG_LEVEL=level, EXECUTION_TIMEOUT_SECONDS="0.3")
    server.run("while True: pass")
    eventually(lambda: "path=/api/run" in server.log or "info" not in seen)
    assert set(re.findall(r" level=(\w+) ", server.log)) == seen


def test_a_request_is_one_line_and_its_path_is_escaped(make_server, eventually):
    server = make_server(LOG_LEVEL="info")
    server.client.get("/a%0d%0ab%20c%1b?key=hidden-query")
    lines = eventually(lambda: [line for line in server.log.splitlines() if "status=404" in line])
    assert len(lines) == 1
    assert re.search(r'msg=request method=GET path="/a\\r\\nb c\\u001b" status=404 ms=[\d.]+$', lines[0])
    assert "hidden-query" not in server.log


def test_programs_and_their_data_are_never_logged(make_server):
    server = make_server(LOG_LEVEL="debug")
    server.run("print(input() + 'shown-out'); import sys; sys.exit('shown-err')", given="shown-in")
    server.client.post("/api/run", content=b'{"language": "shown-language')
    server.client.post("/api/v1/agent/pair-programming", json={"query": "shown-query", "apiKey": 7})
    assert "shown-" not in server.log


def test_a_busy_port_is_one_clear_line(make_server):
    server = make_server()
    second = make_server(ready=False, PORT=str(server.port))
    assert second.process.wait(20) == 1
    assert second.log.splitlines() == [
        f"ceesar: cannot listen on 127.0.0.1:{server.port}: Address already in use"
    ]


def test_no_file_is_opened_for_the_log(make_server):
    server = make_server()
    opened = {str(link.readlink()) for link in Path(f"/proc/{server.process.pid}/fd").iterdir()}
    assert [path for path in opened if path.endswith("log")] == [str(server.log_file)]


def test_sigterm_finishes_what_is_in_flight(make_server, running, eventually):
    server = make_server()
    thread, answers = in_background(
        lambda: server.run("import time; print('begun', flush=True); time.sleep(1); print('done')")
    )
    assert eventually(lambda: running("-u Main.py"))
    server.process.send_signal(signal.SIGTERM)
    thread.join(20)
    assert answers == [{"error": "", "result": "begun\ndone\n"}]
    assert server.process.wait(20) == 0
    assert server.log.splitlines()[-1].endswith("event=shutdown reason=SIGTERM")


def test_a_second_signal_ends_it_at_once(make_server, running, eventually):
    server = make_server(EXECUTION_TIMEOUT_SECONDS="60")
    marker = f"7310{server.port}"
    in_background(lambda: server.run(SLEEPER.format(marker=marker)))
    assert eventually(lambda: running(marker))
    server.process.send_signal(signal.SIGTERM)
    assert eventually(lambda: "event=stopping" in server.log)
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(20) == 1
    assert eventually(lambda: not running(marker))


def test_nothing_survives_when_it_is_killed(make_server, running, eventually):
    server = make_server(EXECUTION_TIMEOUT_SECONDS="60")
    marker = f"7311{server.port}"
    source = f"setsid sh -c 'setsid sleep {marker} &' & sleep {marker}"
    in_background(lambda: server.run(source, "bash", "script.sh"))
    assert eventually(lambda: len(running(f"sleep {marker}")) >= 2)
    server.process.kill()
    server.process.wait()
    assert eventually(lambda: not running(marker))


def test_missing_data_is_an_error_not_a_crash(make_server):
    server = make_server(data=False)
    answer = server.client.get("/api/problems")
    assert answer.status_code == 500
    assert json.loads(answer.text) == {"error": "the problem data are missing"}
    assert server.answers()
