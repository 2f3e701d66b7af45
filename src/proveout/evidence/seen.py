"""Which bodies of a store were read and found right, so that unchanged ones are not read each time."""

import os
from pathlib import Path

from proveout.evidence import folder as files
from proveout.evidence.malformed import Malformed

NAME = "seen"
SETTLED = 2_000_000_000  # ns; a file changed later than this ago may change again without another time
WORTH = 32  # so many bodies more are worth writing the file anew; fewer are read again


class Seen:
    """A file of lines that only ever save time: what it does not know, or knows wrongly, is read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            content = files.read(folder, NAME)
        except Malformed:
            content = None
        self._known = frozenset((content or b"").split(b"\n"))
        self._valid: list[bytes] = []
        self._new = 0

    def has(self, line: bytes) -> bool:
        """Tell whether the body was found right in exactly this state."""
        if line in self._known:
            self._valid.append(line)
            return True
        return False

    def note(self, line: bytes, changed: int, now: int) -> None:
        """Remember a body that was found right, unless it changed a moment ago."""
        if changed < now - SETTLED:
            self._valid.append(line)
            self._new += 1

    def keep(self) -> None:
        """Write what is known, where there is enough of it and the folder can be written to.

        Written in place: half of it costs time only, and a reader that is killed leaves nothing stray.
        """
        if self._new <= WORTH:
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(self.folder / NAME, flags, 0o644)
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(b"\n".join(self._valid) + b"\n")
        except OSError:  # read-only, full: the bodies are read again next time
            return


def line(name: str, sha256: str, state: os.stat_result) -> bytes:
    """Return what is remembered of a body: it changes whenever the file could have."""
    size, inode = state.st_size, state.st_ino
    return f"{name} {size} {state.st_mtime_ns} {state.st_ctime_ns} {inode} {sha256}".encode()
