"""A server that is frozen for a while, and what a proxy between it and the load saw."""

import asyncio
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from machinery import generator

STILL = Path(__file__).with_name("still.py")
BIN = 0.01  # seconds; arrivals are bunched if their number in such bins varies more than it is
JOURNEY = """
from locust import FastHttpUser, task

class One(FastHttpUser):
    concurrency = 1

    @task
    def asks(self):
        self.client.get("/health", name="/health")
"""


@contextmanager
def still():
    """Run a server that only answers; yields its process and port."""
    process = subprocess.Popen([sys.executable, str(STILL), "0"], stdout=subprocess.PIPE)
    try:
        yield process, int(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()


class Proxy:
    """Hands requests on and notes when each came and when its answer was back; one at a time a connection."""

    def __init__(self, port):
        self.target = port
        self.seen = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        start = asyncio.start_server(self._connection, "127.0.0.1", 0, backlog=1024)
        server = asyncio.run_coroutine_threadsafe(start, self._loop).result()
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _connection(self, reader, writer):
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        while request := await reader.read(65536):
            came = time.time()
            back.write(request)
            answer = await there.read(65536)
            self.seen.append((came, time.time() - came))
            writer.write(answer)
        back.close()
        writer.close()


def frozen(folder, *, rate, seconds, frozen_at, frozen_for):
    """Drive regular arrivals at a proxy before a server that stands still for a while."""
    folder.mkdir(parents=True, exist_ok=True)
    journeys = folder / "journeys.py"
    journeys.write_text(JOURNEY)
    shape = generator.profile(rate=rate, seconds=seconds, journeys=("one",), window=5, in_flight=2000)
    with still() as (process, port), Proxy(port) as proxy:
        order = generator.order(proxy.url, folder / "ledger", shape, journeys=journeys, answer=30.0)
        with generator.Worker(order) as worker:
            epoch = worker.go(lead=1.0)
            threading.Event().wait(max(0.0, epoch + frozen_at - time.time()))
            os.kill(process.pid, signal.SIGSTOP)
            threading.Event().wait(frozen_for)
            os.kill(process.pid, signal.SIGCONT)
            left = worker.wait()
    return Frozen(left, sorted(proxy.seen), epoch, seconds)


class Frozen:
    """What the worker said, and what the proxy saw."""

    def __init__(self, left, seen, epoch, seconds):
        self.left, self.seen, self.epoch, self.seconds = left, seen, epoch, seconds
        self.said = left.histogram("GET /health").quantile(0.99)
        ordered = sorted(waited for _, waited in seen)
        self.truth = ordered[max(-(-99 * len(ordered) // 100) - 1, 0)]

    def rate(self, begin, end):
        """Return the arrivals per second that the proxy saw between two moments of the profile."""
        return len(self._between(begin, end)) / (end - begin)

    def dispersion(self, begin, end):
        """Return the variance of the arrivals in bins over their mean: 0 is even, 1 is chance."""
        counts = Counter(int((came - self.epoch - begin) / BIN) for came in self._between(begin, end))
        bins = [counts[number] for number in range(int((end - begin) / BIN))]
        return statistics.pvariance(bins) / statistics.mean(bins)

    def _between(self, begin, end):
        return [came for came, _ in self.seen if begin <= came - self.epoch < end]
