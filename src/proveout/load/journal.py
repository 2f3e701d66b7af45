"""The journal of a worker: what it did, line by line in the ledger, without holding up those who do it.

Only what runs within locust imports this module.
"""

import time
from pathlib import Path
from typing import Any

import gevent
from gevent.queue import Queue

from proveout.load.ledger import FINDINGS, DiskFull, append, windows
from proveout.load.line import End, Finding, Line
from proveout.load.recorder import Closed


class Journal:
    """Writes in a greenlet of its own; `trouble` says why it cannot go on, and stays empty while it can."""

    def __init__(self, folder: Path, segment: int, worker: int) -> None:
        self._findings = folder / FINDINGS
        self._windows = windows(folder, segment, worker)
        self._segment = segment
        self._worker = worker
        self._queue: Any = Queue()
        self.trouble = ""
        self.written = 0
        self._greenlet = gevent.spawn(self._write)

    def window(self, closed: Closed) -> None:
        """Have a window written."""
        self._queue.put(closed)

    def found(self, text: str) -> None:
        """Have written what a person should know."""
        self._queue.put(Finding(at=round(time.time(), 3), kind="generator", text=text))

    def end(self, why: Any, text: str = "") -> None:
        """Write what is waiting, and the last line."""
        self._queue.put(None)
        self._greenlet.join()
        if self.trouble and why != "disk full":
            why, text = "disk full", self.trouble
        self._append(
            self._windows,
            End(segment=self._segment, worker=self._worker, windows=self.written, why=why, text=text),
        )

    def _write(self) -> None:
        for item in iter(self._queue.get, None):
            if isinstance(item, Finding):
                self._append(self._findings, item)
            elif not self.trouble:  # windows that follow one that is lost would be a ledger with a hole
                self._append(self._windows, self._text(item))
                self.written += not self.trouble

    def _text(self, closed: Closed) -> Line:
        tallies = {}
        for name, tally in closed.parts():
            tallies[name] = tally
            gevent.sleep(0)  # visits go on in between
        return closed.window(tallies)

    def _append(self, path: Path, line: Line) -> None:
        # A disk takes its time, and gevent does not know: in a thread, nobody waits for it.
        trouble: str = gevent.get_hub().threadpool.apply(_append, (path, line))
        self.trouble = self.trouble or trouble


def _append(path: Path, line: Line) -> str:
    """Return why a line could not be written.

    An error that left the thread would be printed by gevent, to a log on the same full disk, and get lost.
    """
    try:
        append(path, line)
    except DiskFull as error:
        return str(error)
    return ""
