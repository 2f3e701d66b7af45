"""A log file: on this machine, or on the one the target runs on."""

import os
from pathlib import Path
from typing import Protocol

from proveout.access.answer import Wrong
from proveout.access.machine import Machine
from proveout.model.mistake import shown

LIMIT = 4 * 2**20  # bytes read at a time, so that a log of any size is bounded work


class LogFile(Protocol):
    """A log file, wherever it lies."""

    def size(self) -> int:
        """Return its size in bytes, 0 if it is not there."""

    def read(self, offset: int) -> bytes:
        """Return at most 4 MiB from an offset on; from the beginning if the file is shorter.

        Raises:
            Wrong: it is missing or cannot be read.
        """


class LocalFile:
    """A log file of this machine."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return shown(self.path)

    def size(self) -> int:
        """Return its size in bytes, 0 if it is not there."""
        return self.path.stat().st_size if self.path.exists() else 0

    def read(self, offset: int) -> bytes:
        """Return at most 4 MiB from an offset on; see `LogFile.read`."""
        __tracebackhide__ = True
        try:
            with self.path.open("rb") as stream:
                whole = os.fstat(stream.fileno()).st_size
                stream.seek(offset if offset <= whole else 0)  # it was cut or begun anew meanwhile
                return stream.read(LIMIT)
        except FileNotFoundError:
            raise Wrong(f"the log {self} is missing") from None
        except OSError as error:
            raise Wrong(f"the log {self} cannot be read: {error.strerror}") from None


class MachineFile:
    """A log file of another machine."""

    def __init__(self, machine: Machine, path: str) -> None:
        self._machine = machine
        self._path = path

    def __str__(self) -> str:
        return f"{self._path} ({self._machine.connection})"

    def size(self) -> int:
        """Return its size in bytes, 0 if it is not there."""
        return self._machine.size(self._path) if self._machine.exists(self._path) else 0

    def read(self, offset: int) -> bytes:
        """Return at most 4 MiB from an offset on; see `LogFile.read`."""
        __tracebackhide__ = True
        if not self._machine.exists(self._path):
            raise Wrong(f"the log {self} is missing")
        begin = offset if offset <= self._machine.size(self._path) else 0
        place = str(self._machine.root / self._path)
        done = self._machine.run("tail -c +%s %s | head -c %s", str(begin + 1), place, str(LIMIT))
        if done.rc != 0:
            raise Wrong(f"the log {self} cannot be read: {done.stderr.strip()}")
        return bytes(done.stdout_bytes)
