"""A small server that answers as CeesarCode does, and as it must not; and a worker that visits it."""

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from machinery import generator

PROBLEMS = [{"ID": "sum", "Title": "Sum"}, {"ID": "river crossing", "Title": "River crossing"}]


def fitting(path, content):
    """What CeesarCode in gamma answers."""
    if path == "/":
        return "<title>CeesarCode - Online Judge</title>"
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
                body = (content if isinstance(content, str) else json.dumps(content)).encode()
                self.send_response(status)
                for name, value in {"content-length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
                return True

        class Listener(ThreadingHTTPServer):
            request_queue_size = 256
            daemon_threads = True

            def handle_error(self, *_):
                """Say nothing of visitors who went away."""

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
def worker(tmp_path):
    """A function that returns a worker for an order; what is still running is ended."""
    with contextlib.ExitStack() as stack:

        def worker(server, shape=None, *, number=0, code="", folder=tmp_path / "ledger", **more):
            if code:
                more["journeys"] = tmp_path / "journeys.py"
                more["journeys"].write_text(code)
            order = generator.order(server.url, folder, shape or generator.profile(), **more)
            return stack.enter_context(generator.Worker(order, number))

        yield worker


@pytest.fixture
def driven(worker):
    """A function that drives an order from begin to end and returns what the worker left."""

    def driven(server, shape=None, **more):
        found = worker(server, shape, **more)
        found.go()
        return found.wait()

    return driven
