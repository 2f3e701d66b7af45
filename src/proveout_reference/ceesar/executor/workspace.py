"""Workspace: the temporary folders that executions work in."""

import asyncio
import fcntl
import os
import secrets
import shutil
import tempfile
from pathlib import Path

_PREFIX = "ceesar-"
_LOCK = "lock"


class Workspace:
    """One folder of this server, holding one folder for each execution."""

    def __init__(self) -> None:
        _sweep(Path(tempfile.gettempdir()))
        self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        # Held as long as the server lives: the sign that the folder is in use. It gets its name only once it
        # is held, or another server that starts just now would take the folder for abandoned.
        fresh = self._folder / f".{_LOCK}"
        self._lock = os.open(fresh, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        fresh.rename(self._folder / _LOCK)
        self._folder.chmod(0o711)  # a program may pass through, but not look around

    def new(self, user: int | None, files: dict[str, str]) -> Path:
        """A folder that belongs to `user` (None: to the server's), holding the submitted files."""
        folder = self._folder / secrets.token_hex(8)
        folder.mkdir(mode=0o700)
        for name, source in files.items():
            path = folder / name
            path.write_bytes(source.encode())
            if user is not None:
                os.chown(path, user, user)
        if user is not None:
            os.chown(folder, user, user)
        return folder

    async def remove(self, folder: Path) -> None:
        """Removes an execution's folder, however deep or closed the program left it."""
        script = 'chmod -R u+rwX -- "$1" 2>/dev/null; exec rm -rf -- "$1"'
        command = ["/bin/sh", "-c", script, "sh", str(folder)]
        process = await asyncio.create_subprocess_exec(*command, env={}, start_new_session=True)
        await process.wait()

    def close(self) -> None:
        """Removes the server's folder."""
        shutil.rmtree(self._folder, ignore_errors=True)
        os.close(self._lock)


def _sweep(place: Path) -> None:
    """Removes what servers that were killed have left: folders whose lock nobody holds."""
    for lock in place.glob(f"{_PREFIX}*/{_LOCK}"):
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            continue  # another user's, or gone
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)
        except BlockingIOError:
            continue  # a living server's
        finally:
            os.close(descriptor)
