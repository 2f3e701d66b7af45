"""A target that counts: a process of its own, so that it can be killed, which writes down each visit it saw.

It says itself how it is, so that whoever samples it needs no access to its machine.
As a program: `python counting.py PORT LOG DELAYS`.
"""

import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from proveout.providers.address import free_port


class Target:
    """The process, always on the same port; `seen` are (time, visit) of all its lives.

    Visit n is answered after `delays[n % len(delays)]` seconds: always the same for the same visit.
    """

    def __init__(self, folder, *, delays=(0.0,)):
        self.log = folder / "seen"
        self.delays = delays
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()

    def start(self):
        words = [sys.executable, __file__, str(self.port), str(self.log), json.dumps(self.delays)]
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
    delays = (0.0,)
    began = 0.0

    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.path.startswith("/visit/"):
            visit = int(self.path.removeprefix("/visit/"))
            time.sleep(self.delays[visit % len(self.delays)])
            os.write(self.log, f"{time.time()!r} {visit}\n".encode())
            content = {"visit": visit}
        else:
            content = self._itself()
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _itself(self):
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return {
            "pid": os.getpid(),
            "started": self.began,
            "environment": "gamma",
            "version": "1.0.0",
            "rss": pages * os.sysconf("SC_PAGE_SIZE"),
            "descriptors": len(list(Path("/proc/self/fd").iterdir())),
            "threads": threading.active_count(),
            "critical": 0,  # it logs nothing
        }


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


if __name__ == "__main__":
    _Handler.log = os.open(Path(sys.argv[2]), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    _Handler.delays, _Handler.began = json.loads(sys.argv[3]), time.time()
    server = _Server(("127.0.0.1", int(sys.argv[1])), _Handler)
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    server.serve_forever(0.05)
