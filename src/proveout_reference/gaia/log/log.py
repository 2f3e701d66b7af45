"""Log: what the server says about itself. Never holds a secret, a body or a query."""

import logging
import threading
import traceback
from pathlib import Path
from typing import Protocol

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.log.file import LogFile
from proveout_reference.gaia.log.record import LEVELS, Record, Value


class Output(Protocol):
    """Where records go."""

    def write(self, record: Record) -> None:
        """Takes one record; a failure to write stays inside."""

    def close(self) -> None:
        """Lets go of what it holds."""


class Log:
    """Hands records at or above `level` to every output, one at a time."""

    def __init__(self, level: str, clock: Clock, outputs: list[Output], *, traces: bool = False) -> None:
        self._lowest = LEVELS.index(level)
        self._clock = clock
        self._outputs = outputs
        self._traces = traces
        self._lock = threading.Lock()

    def debug(self, msg: str, **fields: Value) -> None:
        """What only someone looking for a fault wants."""
        self._say("debug", msg, fields)

    def info(self, msg: str, **fields: Value) -> None:
        """What happened, such as a request or a step in the server's life."""
        self._say("info", msg, fields)

    def warning(self, msg: str, **fields: Value) -> None:
        """What was refused, or what someone should look at."""
        self._say("warn", msg, fields)

    def error(self, msg: str, **fields: Value) -> None:
        """What the server failed to do."""
        self._say("error", msg, fields)

    def crash(self, msg: str, error: BaseException, **fields: Value) -> None:
        """An error nobody expected: its type and place, and with traces the way there.

        Its message is left out: it may quote what a user sent.
        """
        frames = traceback.extract_tb(error.__traceback__)
        places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]
        found: dict[str, Value] = {"crash": type(error).__name__, "at": places[-1] if places else "unknown"}
        if self._traces:
            found["trace"] = " > ".join(places)
        self.error(msg, **fields, **found)

    def set_aside(self, file: LogFile) -> None:
        """Sets the file aside between two records. Raises OSError."""
        with self._lock:
            file.set_aside()

    def close(self) -> None:
        """Closes every output."""
        with self._lock:
            for output in self._outputs:
                output.close()

    def _say(self, level: str, msg: str, fields: dict[str, Value]) -> None:
        if LEVELS.index(level) < self._lowest:
            return
        record = Record(self._clock.now(), level, msg, fields)
        with self._lock:
            for output in self._outputs:
                output.write(record)


class _Bridge(logging.Handler):
    """Carries the web server library's own records into the log, at its levels."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info is not None and record.exc_info[1] is not None:
            self._log.crash("request crashed", record.exc_info[1])
        elif record.levelno >= logging.ERROR:
            self._log.error(record.getMessage(), source=record.name)
        elif record.levelno >= logging.WARNING:
            self._log.warning(record.getMessage(), source=record.name)
        else:
            self._log.debug(record.getMessage(), source=record.name)


def carry_library_records(log: Log) -> None:
    """Sends what the libraries log through `log`, so that there is one format and one level."""
    root = logging.getLogger()
    root.handlers = [_Bridge(log)]
    root.setLevel(logging.WARNING)
    threading.excepthook = lambda ending: _on_thread_crash(log, ending)


def _on_thread_crash(log: Log, ending: threading.ExceptHookArgs) -> None:
    if ending.exc_value is not None and ending.thread is not None:
        log.crash("thread crashed", ending.exc_value, thread=ending.thread.name)
