"""Definitions of one small environment in tmp_path, and copies of it that are ended after the test."""

import contextlib
import time

import psutil
import pytest
import tomli_w

from proveout.catalogue.catalogue import load
from proveout.providers.process import start

SERVER = """
import http.server, json, os

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"variables": dict(os.environ), "files": sorted(os.listdir("."))}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

print("listening on", os.environ["PORT"], flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""
SYSTEM = {
    "title": "Demo",
    "order": ["dev"],
    "identity": {"path": "/", "environment_field": "environment", "version_field": "version"},
    "ports": {"port": "PORT", "metrics": "METRICS_PORT"},
    "logs": {"levels": ["info"], "level": r"level=(\w+)", "request_level": "info"},
}


class Place:
    """A small environment `demo/dev`; `start` says how a copy is started."""

    def __init__(self, root):
        self.root = root
        self.directory = root / "environments" / "demo" / "dev"
        self.configuration = b"PORT=8080\nAPP_ENV=dev\n"
        self.program = SERVER
        self.network = {"port": 8080, "reach": "loopback", "url_variable": "DEMO_DEV_URL"}
        self.logs = {"level": "info", "output": "streams"}
        self.file = "config/env.dev"
        self.sourced = False
        self.start = {
            "command": ["{python}", "server.py"],
            "files": {"server.py": "server.py", "config": "config"},
            "ready": "/",
            "ready_within": "10s",
            "stop_within": "5s",
        }
        self.records = root / "reports" / "run"
        self.copies = []

    def write(self):
        definition = {
            "identity": {"environment": "dev"},
            "network": self.network,
            "configuration": {"file": self.file, "sourced": self.sourced},
            "logs": self.logs,
            "effects": {"live": ["reads"]},
        }
        files = {
            "environment.toml": tomli_w.dumps(definition | ({"start": self.start} if self.start else {})),
            "server.py": self.program,
            "../system.toml": tomli_w.dumps(SYSTEM),
            "../claims.toml": "",
        }
        (self.directory / "config").mkdir(parents=True, exist_ok=True)
        (self.directory / "config" / "env.dev").write_bytes(self.configuration)
        for name, text in files.items():
            (self.directory / name).write_text(text)
        return load(self.root / "environments")

    @property
    def environment(self):
        return self.write().environments["demo/dev"]

    def copy(self, **how):
        catalogue = self.write()
        environment = catalogue.environments["demo/dev"]
        folder = self.records / f"copy-{len(self.copies)}"
        copy = start(environment, catalogue.system_of(environment), folder, records=self.records, **how)
        self.copies.append(copy)
        return copy

    def recorded(self):
        return sorted(self.records.glob("started/*.json"))


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.delenv("DEMO_DEV_URL", raising=False)
    place = Place(tmp_path)
    yield place
    for copy in place.copies:
        with contextlib.suppress(psutil.Error):
            copy.stop()


@pytest.fixture
def soon():
    """A function that waits until a question is answered with something true, at most ten seconds."""

    def soon(question):
        deadline = time.monotonic() + 10
        while not (answer := question()) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert answer
        return answer

    return soon


@pytest.fixture
def runs():
    """A function that says whether a process still does something."""

    def runs(pid):
        try:
            return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    return runs
