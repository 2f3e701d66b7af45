"""Severity: whether a line of a log means trouble, whatever form its system writes it in."""

import re

from proveout.access.logs import COLOURS, Logs

LONGEST = 16 * 1024  # characters of a line that are looked at
HINTS = (
    *(b"err", b"crit", b"fatal", b"panic", b"alert", b"emerg", b"severe"),
    *(b"traceback", b"out of memory", b"segmentation", b"unhandled"),
)
SEVERE = frozenset(
    {"error", "err", "critical", "crit", "fatal", "panic", "alert", "emergency", "emerg", "severe"}
)
# What means trouble whatever the level of its line: words of runtimes, and levels that stand in front.
WORDS = re.compile(
    r"Traceback \(most recent|\bpanic:|fatal error|out of memory|segmentation fault|unhandled exception"
    r"|^(?:[^\s={\"]+\s+){0,4}?\[?(?-i:FATAL|CRITICAL|CRIT|PANIC|ALERT|EMERGENCY|EMERG|SEVERE)\b",
    re.IGNORECASE,
)


def hints_in(logs: Logs, part: bytes) -> tuple[bytes, ...]:
    """Return what a critical line holds one of, in small letters, as far as a part of a log holds it.

    So most lines are passed over at little cost: in megabytes of them hardly one is critical.
    """
    lowered = part.lower()
    return (b"",) if logs.form.critical else tuple(hint for hint in HINTS if hint in lowered)


def holds(line: bytes, hints: tuple[bytes, ...]) -> bool:
    """Return whether a line holds one of the hints."""
    lowered = line.lower()
    return any(hint in lowered for hint in hints)


def is_critical(logs: Logs, line: str) -> bool:
    """Return whether a line (see `text_of`) means trouble."""
    if logs.form.critical is not None:
        return re.search(logs.form.critical, line) is not None
    return bool(WORDS.search(line)) or logs.level(line) in SEVERE


def text_of(line: bytes) -> str:
    """Return a line as text, without its colours and as far as it is looked at."""
    return COLOURS.sub("", line[:LONGEST].decode("utf-8", "replace"))
