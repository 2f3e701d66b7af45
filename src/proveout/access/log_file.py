"""A log file: on this machine, or on the one the target runs on."""

import glob
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Protocol

from proveout.access.answer import Wrong
from proveout.access.machine import Machine
from proveout.model.mistake import shown

LIMIT = 4 * 2**20  # bytes read at a time, so that a log of any size is bounded work
SIZE = 'test -e "$1" || exit 44; size=$(wc -c <"$1") || exit'
READ = f'{SIZE}; test "$2" -le $size || set -- "$1" 0; tail -c +$(($2 + 1)) "$1" | head -c {LIMIT}'
MISSING = 44
ASIDE = 3  # files that a log may have become between two looks
# The name of a file with a line feed in it becomes two names, of which there are no files.
BESIDE = f'cd "${{1%/*}}" && ls -1dt -- "${{1##*/}}"?* 2>/dev/null | head -n {ASIDE}'
TOTAL = 'for f in "$1"*; do test -f "$f" && wc -c <"$f"; done; true'


class LogFile(Protocol):
    """A log file, wherever it lies."""

    def size(self) -> int:
        """Return its size in bytes, 0 if it is not there."""

    def read(self, offset: int) -> bytes:
        """Return at most 4 MiB from an offset on; from the beginning if the file is shorter.

        Raises:
            Wrong: it is missing or cannot be read.
        """

    def set_aside(self) -> Sequence["LogFile"]:
        """Return the files beside it that begin with its name, the newest first, at most `ASIDE`."""

    def total(self) -> int:
        """Return its size together with that of all the files that were set aside, in bytes."""


class LocalFile:
    """A log file of this machine."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return shown(self.path)

    def size(self) -> int:
        """Return its size in bytes, 0 if it is not there."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0  # `read` says why

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

    def set_aside(self) -> Sequence["LogFile"]:
        """Return the files beside it; see `LogFile.set_aside`."""
        found = []
        for path in self.path.parent.glob(f"{glob.escape(self.path.name)}?*"):
            with suppress(OSError):  # it was removed meanwhile
                found.append((path.stat().st_mtime_ns, path))
        return [LocalFile(path) for _, path in sorted(found, reverse=True)[:ASIDE]]

    def total(self) -> int:
        """Return its size together with that of the files that were set aside, in bytes."""
        size = 0
        for path in self.path.parent.glob(f"{glob.escape(self.path.name)}*"):
            with suppress(OSError):
                size += path.stat().st_size
        return size


class MachineFile:
    """A log file of another machine."""

    def __init__(self, machine: Machine, path: str) -> None:
        self._machine = machine
        self._path = path

    def __str__(self) -> str:
        return f"{self._path} ({self._machine.name})"

    def size(self) -> int:
        """Return its size in bytes, 0 if it is not there."""
        done = self._machine.run("sh -c %s sh %s", f"{SIZE}; echo $size", self._place)
        return int(done.stdout) if done.rc == 0 else 0

    def read(self, offset: int) -> bytes:
        """Return at most 4 MiB from an offset on; see `LogFile.read`."""
        __tracebackhide__ = True
        done = self._machine.run("sh -c %s sh %s %s", READ, self._place, str(offset))
        if done.rc == MISSING:
            raise Wrong(f"the log {self} is missing")
        if done.rc != 0:
            raise Wrong(f"the log {self} cannot be read: {done.last_words}")
        return done.stdout_bytes

    def set_aside(self) -> Sequence["LogFile"]:
        """Return the files beside it; see `LogFile.set_aside`."""
        done = self._machine.run("sh -c %s sh %s", BESIDE, self._place)
        folder = str(PurePath(self._path).parent)
        return [MachineFile(self._machine, f"{folder}/{name}") for name in done.lines]

    def total(self) -> int:
        """Return its size together with that of the files that were set aside, in bytes."""
        done = self._machine.run("sh -c %s sh %s", TOTAL, self._place)
        return sum(int(line) for line in done.lines if line.isdecimal())

    @property
    def _place(self) -> str:
        return str(self._machine.root / self._path)
