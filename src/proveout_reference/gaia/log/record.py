"""Record: one thing that happened, before it has a format."""

import threading
from dataclasses import dataclass, field
from datetime import datetime

LEVELS = ("debug", "info", "warn", "error")

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Record:
    """What happened, when, how grave it is, and the facts that belong to it."""

    time: datetime
    level: str
    msg: str
    fields: dict[str, Value]
    thread: str = field(default_factory=lambda: threading.current_thread().name)
