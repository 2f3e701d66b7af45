"""The lock of a ledger: one supervisor at a time, and nobody has to clean up after a killed one."""

import fcntl
import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from proveout.load.ledger import LedgerError
from proveout.model.mistake import shown

NAME = "supervisor.lock"


class Lock:
    """Holds a ledger as long as the `with` lasts; the kernel lets go of it with the process."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        """Take the lock.

        Raises:
            LedgerError: another process has it.
        """
        file = self._path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            holder = holder_of(self._path.parent) or "pid unknown"
            raise LedgerError(
                f"another run is at {shown(self._path.parent)} ({holder})\n"
                "next: wait for it, or end it with Ctrl-C, then go on"
            ) from None
        since = datetime.now(UTC).isoformat(timespec="seconds")
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "machine": platform.node(), "since": since}) + "\n")
        file.flush()
        self._file = file
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()


def holder_of(folder: Path) -> str | None:
    """Return who is at a ledger ("pid 12 since ..."), None if nobody is."""
    try:
        file = (folder / NAME).open(encoding="utf-8")
    except FileNotFoundError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            return None
        try:
            content = json.loads(file.read())
            return f"pid {content['pid']} on {content['machine']} since {content['since']}"
        except (ValueError, KeyError, TypeError):
            return "pid unknown"
