"""A target that counts: a process of its own, so that it can be killed, which writes down each visit it saw.

As a program: `python counting.py PORT LOG`.
"""

import json
import os
import socket
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Target:
    """The process, always on the same port; `seen` are (time, visit) of all its lives."""

    def __init__(self, folder, *, slow=0.0):
        self.log = folder / "seen"
        self.slow = slow
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()

    def start(self):
        words = [sys.executable, __file__, str(self.port), str(self.log), str(self.slow)]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"listening\n"

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    @property
    def seen(self):
        if not self.log.exists():
            return []
        pairs = (line.split() for line in self.log.read_text().splitlines())
        return [(float(at), int(visit)) for at, visit in pairs]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    log = -1
    slow = 0.0
    began = 0.0

    def log_message(self, *_):
        pass

    def do_GET(self):
        content = {"pid": os.getpid(), "started": self.began}
        if self.path.startswith("/visit/"):
            time.sleep(self.slow)
            visit = self.path.removeprefix("/visit/")
            os.write(self.log, f"{time.time()!r} {visit}\n".encode())
            content = {"visit": int(visit)}
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


if __name__ == "__main__":
    _Handler.log = os.open(Path(sys.argv[2]), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    _Handler.slow, _Handler.began = float(sys.argv[3]), time.time()
    server = _Server(("127.0.0.1", int(sys.argv[1])), _Handler)
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    server.serve_forever(0.05)
