"""The files of a store: opened without following links, written whole or not at all."""

import os
import stat
from pathlib import Path

from proveout.evidence.malformed import Malformed
from proveout.model.mistake import UserError, shown

LARGEST = 256 * 1024 * 1024  # bytes of one file that are read; a run of a thousand checks leaves one


def read(folder: Path, name: str, limit: int = LARGEST) -> bytes | None:
    """Return the bytes of a regular file, None if it is not there.

    Raises:
        Malformed: it is a link, a folder, a pipe, too large, or cannot be read.
    """
    try:
        # Without waiting: a pipe in the place of a file would hang whoever opens it.
        descriptor = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        if (folder / name).is_symlink():
            raise Malformed("it is a link, no file") from None
        raise Malformed(f"it cannot be read ({error.strerror})") from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise Malformed("it is not a file")
        if found.st_size > limit:
            raise Malformed(f"it has {found.st_size:,} bytes; at most {limit:,} are read")
        with os.fdopen(descriptor, "rb", buffering=0, closefd=False) as stream:
            return stream.readall()
    except OSError as error:
        raise Malformed(f"it cannot be read ({error.strerror})") from None
    finally:
        os.close(descriptor)


def put(folder: Path, name: str, content: bytes) -> None:
    """Write a file whole under its name: beside it first, onto the disk, renamed.

    What a killed process leaves beside it begins with a dot and counts for nothing.
    """
    temporary = folder / f".{name}.{os.getpid()}"
    try:
        descriptor = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644
        )
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(descriptor)
        temporary.replace(folder / name)
    finally:
        temporary.unlink(missing_ok=True)
    settle(folder)


def append(folder: Path, name: str, content: bytes) -> None:
    """Add bytes to the end of a file and wait until they are on the disk."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(folder / name, flags, 0o644)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(descriptor)
    settle(folder)


def cut(folder: Path, name: str, length: int) -> None:
    """Cut a file to a length; to none at all, remove it."""
    if length:
        with (folder / name).open("r+b") as stream:
            stream.truncate(length)
            os.fsync(stream.fileno())
    else:
        (folder / name).unlink(missing_ok=True)
    settle(folder)


def settle(folder: Path) -> None:
    """Wait until the names of a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unwritable(folder: Path, error: OSError) -> UserError:
    """Return the sentence for a store that cannot be written to."""
    return UserError(
        f"{shown(folder)}: evidence cannot be stored there ({error.strerror})\n"
        "  nothing was added; what was there before is as it was\n"
        "next: make room, or the folder writable, or set proveout_evidence in the pytest configuration"
    )
