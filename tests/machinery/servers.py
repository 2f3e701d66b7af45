"""Real servers that play live environments: our reference server, and ones that answer what a test wants."""

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from machinery.verification import ROOT
from proveout.catalogue.catalogue import load
from proveout.providers.process import Copy, start


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Copy]]:
    """Return a function that gives a running environment, of CeesarCode if no system is named.

    Each is started once.
    """
    catalogue = load(ROOT / "environments")
    folder = tmp_path_factory.mktemp("live")
    running: dict[str, Copy] = {}

    def get(name: str) -> Copy:
        if name not in running:
            environment = catalogue.environments[name if "/" in name else f"ceesar/{name}"]
            system = catalogue.system_of(environment)
            running[name] = start(environment, system, folder / name, records=folder)
        return running[name]

    yield get
    for copy in running.values():
        copy.stop()
    shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Request:
    """What a scripted server was asked."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Script = Callable[[Request], tuple[int, dict[str, str], bytes]]


class Scripted:
    """A server whose every answer is made by a function of the request; remembers what was asked."""

    def __init__(self, answer: Script) -> None:
        self.asked: list[str] = []
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                scripted.asked.append(f"{self.command} {self.path}")
                status, headers, content = answer(Request(self.command, self.path, dict(self.headers), body))
                self.send_response(status)
                for name, value in {"content-length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_HEAD = do_OPTIONS = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - the names of http.server

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def scripted() -> Iterator[Callable[..., Scripted]]:
    """Return a function that starts a server with answers made by a function."""
    servers: list[Scripted] = []

    def make(answer: Script) -> Scripted:
        servers.append(Scripted(answer))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


def health(**changes: object) -> bytes:
    """Return a right health answer of gamma at this moment, with changes; None removes a field."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    fields = {"status": "healthy", "environment": "gamma", "version": "1.0.0", "timestamp": moment, **changes}
    return json.dumps({k: v for k, v in fields.items() if v is not None}).encode()


def forwarded(inner: str) -> Script:
    """Return answers that come from another server, so that what is asked of it can be recorded."""
    client = httpx.Client(base_url=inner, trust_env=False, timeout=60)
    own = {"host", "content-length", "connection", "accept-encoding"}

    def answer(request: Request) -> tuple[int, dict[str, str], bytes]:
        headers = {k: v for k, v in request.headers.items() if k.lower() not in own}
        response = client.request(request.method, request.path, content=request.body, headers=headers)
        kept = {k: v for k, v in response.headers.items() if k.startswith(("content-type", "access-control"))}
        return response.status_code, kept, response.content

    return answer


def run_folder(reports: Path) -> Path:
    """Return the folder of the only run below `reports`."""
    (folder,) = [entry for entry in reports.iterdir() if entry.is_dir() and entry.name != "evidence"]
    return folder
