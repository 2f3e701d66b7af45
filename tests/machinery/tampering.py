"""Changes of files that are made in place and undone again: what an attacker does between two decisions."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Changes = dict[Path, bytes | None]  # the new content by file; None: it is removed


@dataclass(frozen=True)
class Case:
    """One way to tamper; `times` says what becomes of the time of the last change that a file shows."""

    name: str
    make: Callable[[], Changes]
    times: Literal["now", "kept", "old"] = "now"


class Place:
    """A folder that cases change and that is brought back afterwards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.original = {path: path.read_bytes() for path in self._files()}
        self._states = {path: _state(path) for path in self.original}

    def _files(self) -> list[Path]:
        return [Path(top) / name for top, _, names in os.walk(self.folder) for name in names]

    @contextmanager
    def under(self, case: Case) -> Iterator[bool]:
        """Let a case be for a while; an exception meanwhile is told which one it was."""
        try:
            yield self.apply(case)
        finally:
            if (error := sys.exception()) is not None:
                error.add_note(f"while tampering: {case.name}")
            self.restore()

    def apply(self, case: Case) -> bool:
        """Make the changes of a case; return whether they changed anything."""
        changes = case.make()
        for path, content in changes.items():
            before = path.lstat() if path.exists() else None
            if content is None:
                path.unlink(missing_ok=True)
                continue
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            if case.times == "old":
                os.utime(path, (1_700_000_000, 1_700_000_000))
            elif case.times == "kept" and before is not None:
                os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        return any(self.original.get(path) != content for path, content in changes.items())

    def restore(self) -> None:
        """Bring everything back as it was."""
        there = set(self._files())
        for path in there - set(self.original):
            path.unlink()
            if not any(path.parent.iterdir()):
                path.parent.rmdir()
        for path, content in self.original.items():
            if path not in there or _state(path) != self._states[path]:
                path.write_bytes(content)
                self._states[path] = _state(path)

    def changed(self) -> list[Path]:
        """Return the files that are not as they were, those that are gone or new among them."""
        there = set(self._files())
        touched = [p for p in there & set(self.original) if _state(p) != self._states[p]]
        return [*touched, *there.symmetric_difference(self.original)]

    def changed_by(self, do: Callable[[], object]) -> Changes:
        """Return what an action changes, as changes; the place is as before afterwards."""
        do()
        now = {path: path.read_bytes() for path in self._files()}
        self.restore()
        gone: Changes = dict.fromkeys(set(self.original) - set(now))
        return gone | {path: content for path, content in now.items() if self.original.get(path) != content}


def _state(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
