"""A small real server, and the proxy of a drill before it."""

import asyncio
import json
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from proveout.catalogue.catalogue import load as load_catalogue
from proveout.drill.fault import Alteration, load
from proveout.drill.proxy import Proxy
from proveout.providers.address import free_port

ROOT = Path(__file__).parents[2]
HEALTH = {"status": "healthy", "environment": "gamma", "version": "1.0.0"}


class Inner:
    """Answers with health, or with what it was asked; remembers all requests."""

    def __init__(self):
        self.requests = []
        inner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                fields = {name.lower(): value for name, value in self.headers.items()}
                inner.requests.append((self.command, self.path, fields, body))
                answer = body or json.dumps(HEALTH).encode()
                fields = {"Content-Type": "application/json", "X-Name": "gamma", "Set-Cookie": "a=1"}
                if "gzip" in self.headers.get("accept-encoding", ""):
                    packer = zlib.compressobj(wbits=31)
                    answer = packer.compress(answer) + packer.flush()
                    fields["Content-Encoding"] = "gzip"
                self.send_response(404 if self.path == "/missing" else 200)
                for name, value in (fields | {"Content-Length": str(len(answer))}).items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer)

            do_POST = do_HEAD = do_OPTIONS = do_GET  # noqa: N815 - the names of http.server

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()


@pytest.fixture
def inner():
    inner = Inner()
    yield inner
    inner.server.shutdown()
    inner.server.server_close()


@pytest.fixture
def through(inner):
    """A function that puts a proxy with alterations before the server and returns the port it listens on."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def through(*alterations):
        port = free_port()
        proxy = Proxy(inner.url, tuple(Alteration.model_validate(a) for a in alterations))
        asyncio.run_coroutine_threadsafe(proxy.serve(port), loop).result(10)
        return port

    async def end():
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=5) if tasks else None

    yield through
    asyncio.run_coroutine_threadsafe(end(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture
def ask():
    """A function that asks through a port, with its own connection each time."""

    def ask(port, path="/api/health", method="GET", timeout=10, **content):
        content["headers"] = {"accept-encoding": "identity"} | content.get("headers", {})
        with httpx.Client(trust_env=False, timeout=timeout) as client:
            return client.request(method, f"http://127.0.0.1:{port}{path}", **content)

    return ask


@pytest.fixture(scope="session")
def ceesar():
    return load_catalogue(ROOT / "environments").systems["ceesar"]


@pytest.fixture(scope="session")
def drill():
    return load(ROOT / "drill" / "ceesar")
