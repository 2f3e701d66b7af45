"""Real server processes on free ports, each in an environment's directory of its own, and a clock to move."""

import asyncio
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from proveout_reference.gaia.clock import Clock

ROOT = Path(__file__).parents[3]
DEFINITIONS = ROOT / "environments" / "gaia"


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


def variables_of(env: str) -> dict[str, str]:
    lines = (DEFINITIONS / env / "GAIA_GO.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


class Site:
    """One environment's directory and the variables that a server in it gets."""

    def __init__(self, folder: Path, env: str, **changes: str) -> None:
        self.folder = folder
        self.env = env
        for own in ("config", "bin"):
            if not (folder / own).exists():
                shutil.copytree(DEFINITIONS / env / own, folder / own)
        ports = {"GAIA_PORT": str(free_port()), "GAIA_METRICS_PORT": str(free_port())}
        # Only what is tested here runs beside the requests.
        quiet = {"GAIA_HOST": "localhost", "GAIA_SELF_IMPROVE": "false", "GAIA_AUTO_TEST": "false"}
        self.variables = {**variables_of(env), **quiet, **ports, **changes}

    @property
    def database(self) -> Path:
        return self.folder / "data" / f"{self.env}_gaia.db"

    @property
    def backups(self) -> Path:
        return self.folder / "data" / "backups"

    @property
    def log(self) -> str:
        return (self.folder / "logs" / "gaia.log").read_text()

    @property
    def console(self) -> str:
        return (self.folder / "console").read_text()

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        inherited = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src")}
        with (self.folder / "console").open("wb") as console:
            return subprocess.Popen(
                [sys.executable, "-m", "proveout_reference.gaia", *arguments],
                cwd=self.folder,
                env={**inherited, **self.variables},
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(self, *arguments: str) -> int:
        """The exit code of a command, or of a server that does not start."""
        process = self.start(*arguments)
        try:
            return process.wait(20)
        finally:
            process.kill()
            process.wait()

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.database, isolation_level=None)) as connection:
            return connection.execute(statement, values).fetchall()


class Server:
    """A running server and a client for it."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.process = site.start()
        self.port = int(site.variables["GAIA_PORT"])
        self.metrics_port = int(site.variables["GAIA_METRICS_PORT"])
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=20, trust_env=False)

    def is_up(self) -> bool:
        try:
            return bool(self.client.get("/health").status_code)
        except httpx.TransportError:
            return False

    def wait_ready(self) -> "Server":
        assert eventually(lambda: self.is_up() or self.process.poll() is not None, 20)
        assert self.process.poll() is None, self.site.console
        return self

    def health(self) -> tuple[int, str]:
        answer = self.client.get("/health")
        return answer.status_code, answer.json().get("reason", "")

    def metrics(self) -> dict[str, float]:
        text = httpx.get(f"http://127.0.0.1:{self.metrics_port}/metrics", trust_env=False).text
        lines = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in lines}

    def add_rule(self, name: str, **changes: Any) -> Any:
        body = {"CommandType": name, "DailyLimit": 1, "WeeklyLimit": 2, "MonthlyLimit": 3, "Enabled": True}
        return self.client.post("/api/admin/quotas/rules", json={**body, **changes})

    def rules(self) -> list[str]:
        found = self.client.get("/api/admin/quotas/rules").json()
        return [rule["CommandType"] for rule in found["global_rules"] + found["user_specific_rules"]]

    def ask_to_stop(self) -> None:
        self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def stop(self) -> int:
        self.ask_to_stop()
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def kill(self) -> None:
        self.client.close()
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="session")
def make_site(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Site]:
    """Makes an environment's directory; nothing runs in it yet."""
    return lambda env="dev", **changes: Site(tmp_path_factory.mktemp(env), env, **changes)


@pytest.fixture(scope="session")
def make_shared_server(make_site: Callable[..., Site]) -> Iterator[Callable[..., Server]]:
    """Starts servers that live as long as the tests do."""
    started: list[Server] = []

    def make(env: str = "dev", *, site: Site | None = None, **changes: str) -> Server:
        started.append(Server(site or make_site(env, **changes)))
        return started[-1].wait_ready()

    yield make
    for server in started:
        server.ask_to_stop()
    for server in started:
        server.stop()


@pytest.fixture
def make_server(make_shared_server: Callable[..., Server]) -> Iterator[Callable[..., Server]]:
    """Starts servers for one test; their end is only awaited after the last test."""
    started: list[Server] = []

    def make(*arguments: Any, **options: Any) -> Server:
        started.append(make_shared_server(*arguments, **options))
        return started[-1]

    yield make
    for server in started:
        server.ask_to_stop()


@pytest.fixture(scope="session")
def dev(make_shared_server: Callable[..., Server]) -> Server:
    """The dev server most tests share."""
    return make_shared_server("dev", GAIA_SELF_IMPROVE="true", GAIA_AUTO_TEST="true")


@pytest.fixture(scope="session")
def staging(make_shared_server: Callable[..., Server]) -> Server:
    """The staging server most tests share."""
    return make_shared_server("staging", GAIA_SELF_IMPROVE="true", GAIA_AUTO_TEST="true")


@pytest.fixture(scope="session")
def prod(make_shared_server: Callable[..., Server]) -> Server:
    """The prod server most tests share."""
    return make_shared_server("prod", GAIA_SELF_IMPROVE="true", GAIA_AUTO_TEST="true")


@pytest.fixture(name="eventually")
def eventually_fixture() -> Callable[..., Any]:
    return eventually


class MovedClock(Clock):
    """A clock that only moves when it is told to; whoever sleeps on it wakes then."""

    def __init__(self, moment: str) -> None:
        self._begun = datetime.fromisoformat(moment).astimezone(UTC)
        self._passed = 0.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def now(self) -> datetime:
        return self._begun + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._sleepers.append((self._passed + seconds, woken))
        await woken.wait()

    def move(self, seconds: float) -> None:
        self._passed += seconds
        for due, woken in self._sleepers:
            if due <= self._passed:
                woken.set()
        self._sleepers = [(due, woken) for due, woken in self._sleepers if not woken.is_set()]

    async def slept_on(self) -> None:
        """Waits until someone sleeps."""
        deadline = time.monotonic() + 10
        while not self._sleepers and time.monotonic() < deadline:  # noqa: ASYNC110 - there is no event yet
            await asyncio.sleep(0.005)
        assert self._sleepers, "nobody sleeps"


@pytest.fixture
def clock_at() -> Callable[[str], MovedClock]:
    return MovedClock
