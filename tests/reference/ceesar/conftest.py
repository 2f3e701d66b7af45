"""A real server process on a free port, in a working directory of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

ROOT = Path(__file__).parents[3]
DATA = ROOT / "environments" / "ceesar"
ORIGIN = "https://gamma.ceesarcode.example.com"
DEFAULTS = {
    "APP_ENV": "gamma",
    "FRONTEND_ORIGIN": ORIGIN,
    "EXECUTOR_MODE": "stub",
    "LOG_LEVEL": "debug",
    "EXECUTION_TIMEOUT_SECONDS": "2",
    "MAX_MEMORY_MB": "128",
    "MAX_CONCURRENT_EXECUTIONS": "3",
}


def eventually(holds: Callable[[], Any], seconds: float = 10.0) -> Any:
    """The first true answer of `holds`; the last answer when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := holds()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return answer


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Server:
    """One server process and a client for it."""

    def __init__(self, site: Path, **variables: str) -> None:
        self.site = site
        self.port = int(variables.get("PORT") or free_port())
        self.log_file = site / "log"
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT / "src"),
            **DEFAULTS,
            "PORT": str(self.port),
            **variables,
        }
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "proveout_reference.ceesar"],
                cwd=site,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60, trust_env=False)

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    def answers(self) -> bool:
        try:
            return self.client.get("/api/health").status_code == 200
        except httpx.TransportError:
            return False

    def wait_ready(self) -> "Server":
        assert eventually(lambda: self.answers() or self.process.poll() is not None)
        assert self.process.poll() is None, self.log
        return self

    def run(self, source: str, language: str = "python", name: str = "Main.py", given: str = "") -> Any:
        body = {"language": language, "files": {name: source}, "input": given}
        answer = self.client.post("/api/run", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def submit(self, problem: str, source: str, **more: Any) -> Any:
        body = {"problemId": problem, "language": "python", "files": {"Main.py": source}, **more}
        return self.client.post("/api/submit", json=body)

    def ask_to_stop(self) -> None:
        self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def wait_stopped(self) -> None:
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="session")
def make_shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Starts servers that live as long as the tests do."""
    started: list[Server] = []

    def make(*, ready: bool = True, data: bool = True, **variables: str) -> Server:
        site = tmp_path_factory.mktemp("site")
        shutil.copytree(DATA / "config", site / "config")
        if data:
            shutil.copytree(DATA / "data", site / "data")
        server = Server(site, **variables)
        started.append(server)
        return server.wait_ready() if ready else server

    yield make
    for server in started:
        server.ask_to_stop()
    for server in started:
        server.wait_stopped()


@pytest.fixture
def make_server(make_shared_server: Callable[..., Server]) -> Iterator[Callable[..., Server]]:
    """Starts servers for one test; their end is only awaited after the last test."""
    started: list[Server] = []

    def make(**options: Any) -> Server:
        started.append(make_shared_server(**options))
        return started[-1]

    yield make
    for server in started:
        server.ask_to_stop()


@pytest.fixture(scope="session")
def server(make_shared_server: Callable[..., Server]) -> Server:
    """The server most tests share; they leave its problems as they were."""
    return make_shared_server()


@pytest.fixture
def running() -> Callable[[str], list[int]]:
    """The pids of processes with a marker in their command line."""

    def find(marker: str) -> list[int]:
        found = psutil.process_iter(["cmdline"])
        return [process.pid for process in found if marker in " ".join(process.info["cmdline"] or [])]

    return find


@pytest.fixture(name="eventually")
def eventually_fixture() -> Callable[..., Any]:
    return eventually
