"""A small server that answers as CeesarCode does, and as it must not; and visits to it through locust."""

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from proveout.catalogue.catalogue import load
from proveout.load.journey import travel
from proveout.model.environment import Budgets, Journey
from proveout.providers.target import Target
from proveout.safety.guard import Guard
from proveout.safety.policy import Policy

ROOT = Path(__file__).parents[2]
LOCUSTFILE = ROOT / "suites" / "load" / "locustfile.py"
PROBLEMS = [{"ID": "sum", "Title": "Sum"}, {"ID": "river crossing", "Title": "River crossing"}]


def fitting(path, content):
    """What CeesarCode in gamma answers."""
    if path == "/api/health":
        return {"status": "healthy", "environment": "gamma", "version": "1.0.0"}
    if path == "/api/config":
        return {"environment": "gamma", "enablePairProgramming": True}
    if path == "/api/problems":
        return PROBLEMS
    if path == "/api/run":
        factor = int(content["files"]["Main.py"].removeprefix("print(7 * ").removesuffix(")"))
        return {"result": f"{7 * factor}\n", "error": ""}
    return next(p for p in PROBLEMS if path == f"/api/problem/{p['ID'].replace(' ', '%20')}")


class Server:
    """Answers on a free port of loopback, unless `manner(handler, number)` says that it has answered."""

    def __init__(self, manner=lambda _handler, _number: False):
        self.manner = manner
        self.seen = []
        self.first = None
        lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                with lock:
                    server.first = server.first or time.monotonic()
                    server.seen.append((self.command, self.path))
                    number = [path for _, path in server.seen].count(self.path)
                with contextlib.suppress(ConnectionError):  # the visitor may have lost patience
                    if not server.manner(self, number):
                        self.say(200, fitting(self.path, json.loads(body) if body else None))

            do_POST = do_DELETE = do_GET  # noqa: N815 - the names http.server calls

            def say(self, status, content, **headers):
                body = json.dumps(content).encode()
                self.send_response(status)
                for name, value in {"content-length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
                return True

        class Listener(ThreadingHTTPServer):
            request_queue_size = 256
            daemon_threads = True

        self._listener = Listener(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._listener.server_port}"
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown()
        self._listener.server_close()


@pytest.fixture
def serving():
    """What starts a server: `with serving(manner) as server`."""
    return Server


@pytest.fixture
def budget_of():
    """A function that returns the budget of a short journey, generous where nothing else is said."""

    def budget_of(*, rate=40, duration="2s", error_share=0.1, p95="4s"):
        return Journey(rate=rate, duration=duration, error_share=error_share, p95=p95)

    return budget_of


@pytest.fixture(scope="session")
def gamma():
    return load(ROOT / "environments").environments["ceesar/gamma"]


@pytest.fixture
def target_of(gamma):
    return lambda server: Target(gamma, "live", server.url)


@pytest.fixture
def guard_of(target_of):
    """A guard of a live environment that reads, with generous budgets for a busy machine."""

    def guard_of(server, **budgets):
        generous = {"answer": "10s", "requests": 5000, "concurrency": 200}
        return Guard(Policy.of(target_of(server)), Budgets(**generous | budgets))

    return guard_of


@pytest.fixture
def visits_to(tmp_path, target_of, guard_of):
    """A function that sends visitors to a server and returns their visits."""

    def visits_to(server, *, budget, guard=None, locustfile=LOCUSTFILE):
        return travel(
            target_of(server),
            guard or guard_of(server),
            budget=budget,
            locustfile=locustfile,
            folder=tmp_path / "journey",
            records=tmp_path,
        )

    return visits_to
