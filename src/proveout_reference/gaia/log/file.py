"""File: the log file, which never grows beyond its size; what was full is set aside under its time."""

import os
import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.log.formats import Format
from proveout_reference.gaia.log.record import Record

STAMP = "%Y%m%dT%H%M%S"


class LogFile:
    """An output that appends to `path`, flushed line by line. Raises OSError when it cannot be opened."""

    def __init__(self, path: Path, shape: Format, largest: int, clock: Clock) -> None:
        self.path = path
        self.lost = 0
        self._shape = shape
        self._largest = largest
        self._clock = clock
        path.parent.mkdir(parents=True, exist_ok=True)
        self._open()

    def write(self, record: Record) -> None:
        """Appends one line; a line that cannot be written is counted in `lost`."""
        line = self._shape(record).encode() + b"\n"
        try:
            self._follow()
            if self._size and self._size + len(line) > self._largest:
                self.set_aside()
            self._write_whole(line)
        except OSError:
            self.lost += 1  # a full disk must not take the server with it

    def set_aside(self) -> None:
        """Renames the file to its time of now and begins a new one. Raises OSError."""
        stamp = self._clock.now().strftime(STAMP)
        target = self.path.with_name(f"{self.path.name}.{stamp}")
        number = 0
        while target.exists():
            number += 1
            target = self.path.with_name(f"{self.path.name}.{stamp}.{number}")
        self.path.rename(target)
        os.close(self._descriptor)
        self._open()

    def begun(self) -> datetime:
        """When its first line was written; for an empty file, when it was opened."""
        return self._begun

    def close(self) -> None:
        """Closes the file."""
        with suppress(OSError):
            os.close(self._descriptor)

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(self.path, flags, 0o644)
        status = os.fstat(self._descriptor)
        self._identity = (status.st_dev, status.st_ino)
        self._size = status.st_size
        self._begun = self._clock.now() if status.st_size == 0 else _first_moment(self.path, self._clock)

    def _follow(self) -> None:
        """Begins anew where someone has moved or removed the file, or cut it short."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            status = None
        if status is None or (status.st_dev, status.st_ino) != self._identity:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            os.close(self._descriptor)
            self._open()
        else:
            self._size = status.st_size

    def _write_whole(self, line: bytes) -> None:
        while line:
            written = os.write(self._descriptor, line)
            self._size += written
            line = line[written:]


def _first_moment(path: Path, clock: Clock) -> datetime:
    """The time in the first line of an earlier run's file; now when there is none to be found."""
    with path.open("rb") as file:
        beginning = file.read(200).decode("ascii", "replace")
    found = re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", beginning)
    try:
        return datetime.fromisoformat(found[0]) if found else clock.now()
    except ValueError:
        return clock.now()
