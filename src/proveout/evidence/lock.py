"""The lock of a store: one writer, or any number of readers."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from proveout.model.mistake import UserError, shown

NAME = "store.lock"
PATIENCE = 30.0  # seconds; a writer needs milliseconds


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Hold the store for writing.

    Raises:
        UserError: another process holds it for too long.
        OSError: the lock file cannot be made.
    """
    descriptor = _taken(folder, os.O_RDWR | os.O_CREAT, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)


@contextmanager
def shared(folder: Path) -> Iterator[bool]:
    """Hold the store for reading, as far as the folder allows it; tells whether it is held.

    Where nobody ever wrote, or the file cannot be opened, it is read without: what a writer is in the middle
    of is then reported as trouble, never taken as evidence.
    """
    try:
        descriptor = _taken(folder, os.O_RDONLY, fcntl.LOCK_SH)
    except OSError:
        descriptor = -1
    try:
        yield descriptor >= 0
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _taken(folder: Path, flags: int, kind: int) -> int:
    until = time.monotonic() + PATIENCE
    while True:
        descriptor = os.open(folder / NAME, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            if time.monotonic() > until:
                raise UserError(
                    f"{shown(folder)}: another process has held the store for {PATIENCE:.0f} s\n"
                    f"next: fuser {shown(folder / NAME)} names it; end it if it hangs, and try again"
                ) from None
            time.sleep(0.002)
            continue
        if _is_at(descriptor, folder / NAME):
            return descriptor
        os.close(descriptor)  # somebody removed the file; a lock on what was removed excludes nobody


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False
