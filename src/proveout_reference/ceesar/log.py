"""Log: one logfmt line per event on stdout. Never holds a program, its data or a secret."""

import json
import logging
import sys
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

_LEVELS = ("debug", "info", "warn", "error")
_LONGEST_VALUE = 500

Value = str | int | float | bool


class Log:
    """Writes lines at or above `level`; life-cycle events are written at every level."""

    def __init__(self, level: str) -> None:
        self._lowest = _LEVELS.index(level)

    def debug(self, msg: str, **fields: Value) -> None:
        """What only someone looking for a fault wants."""
        self._say("debug", msg, fields)

    def info(self, msg: str, **fields: Value) -> None:
        """What happened, such as a request."""
        self._say("info", msg, fields)

    def warning(self, msg: str, **fields: Value) -> None:
        """What was refused, or stopped at a limit."""
        self._say("warn", msg, fields)

    def error(self, msg: str, **fields: Value) -> None:
        """What the server failed to do."""
        self._say("error", msg, fields)

    def event(self, name: str, **fields: Value) -> None:
        """A step in the server's life, written whatever the level."""
        _write({"time": _now(), "event": name, **fields})

    def _say(self, level: str, msg: str, fields: dict[str, Value]) -> None:
        if _LEVELS.index(level) >= self._lowest:
            _write({"time": _now(), "level": level, "msg": msg, **fields})


class _Bridge(logging.Handler):
    """Carries the web server library's own records into the log, at its levels."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info is not None and record.exc_info[1] is not None:
            self._log.error("request crashed", **_crash(record.exc_info[1]))
        elif record.levelno >= logging.ERROR:
            self._log.error(record.getMessage(), source=record.name)
        elif record.levelno >= logging.WARNING:
            self._log.warning(record.getMessage(), source=record.name)
        else:
            self._log.debug(record.getMessage(), source=record.name)


def carry_library_records(log: Log) -> None:
    """Sends what the libraries log through `log`, so that there is one format and one level.

    The HTTP client stays silent below a warning: its lines hold URLs.
    """
    root = logging.getLogger()
    root.handlers = [_Bridge(log)]
    root.setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").setLevel(logging.INFO)


def _crash(error: BaseException) -> dict[str, Value]:
    """Type and place of an error. Its message is left out: it may quote what a user sent."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
    return {"crash": type(error).__name__, "at": place}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _write(fields: dict[str, Value]) -> None:
    line = " ".join(f"{key}={_text(value)}" for key, value in fields.items())
    # A reader of the log that has gone away must not take the server with it.
    with suppress(OSError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}" if value == int(value) else f"{value:.3f}".rstrip("0")
    text = str(value)[:_LONGEST_VALUE]
    if text and text.isascii() and text.isprintable() and not set(text) & set(' ="\\'):
        return text
    return json.dumps(text)  # quotes, and escapes every control character
