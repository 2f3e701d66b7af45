"""A lease: one run at a time works on a live environment."""

import fcntl
import hashlib
import json
import os
import re
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from proveout.model.mistake import UserError, shown
from proveout.model.wording import plain
from proveout.providers.address import port_of


class Taken(Exception):
    """Another run holds the lease; the text says which, since when and where."""


class Lease:
    """A file that is locked as long as the run works on the environment.

    The lock is the operating system's: it ends with the process that holds it, however that ends. Runs of
    several machines exclude each other if the folder is shared between them and its file system carries
    locks (NFS from version 4 on does).
    """

    def __init__(self, folder: Path, url: str) -> None:
        parts = urlsplit(url)
        host = {"localhost": "127.0.0.1", "::1": "127.0.0.1"}.get(parts.hostname or "", parts.hostname)
        place = f"{host}:{port_of(url)}{parts.path}"
        self.path = folder / f"{hashlib.sha256(place.encode()).hexdigest()[:16]}.lease"
        self._stream: IO[str] | None = None

    def take(self, run: str) -> None:
        """Take the lease for a run.

        Raises:
            Taken: another run holds it.
            UserError: the folder cannot be written to.
        """
        stream = self._locked()
        said = {"run": run, "machine": socket.gethostname(), "pid": os.getpid()}
        stream.truncate(0)
        json.dump({**said, "since": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"}, stream)
        stream.flush()
        self._stream = stream

    def give_back(self) -> None:
        """Let the next run have it."""
        if self._stream is not None:
            self.path.unlink(missing_ok=True)
            self._stream.close()
            self._stream = None

    def _locked(self) -> IO[str]:
        while True:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
                stream = os.fdopen(os.open(self.path, flags, 0o600), "r+")
            except OSError as error:
                raise UserError(
                    f"{shown(self.path.parent)}: a lease cannot be written there ({error.strerror})\n"
                    "  without it two runs could work on one live environment\n"
                    "next: make the folder writable, or set proveout_leases in the pytest configuration"
                ) from error
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = _holder(stream)
                stream.close()
                raise Taken(holder) from None
            # Who gave it back removed the file; a lock on what was removed excludes nobody.
            if self.path.exists() and os.fstat(stream.fileno()).st_ino == self.path.stat().st_ino:
                return stream
            stream.close()


def _holder(stream: IO[str]) -> str:
    try:
        said: Any = json.loads(stream.read(4096))
        words = [str(said[key]) for key in ("run", "since", "machine", "pid")]
    except (ValueError, KeyError, TypeError):  # it is being written, or given back, this moment
        return "another run works on it"
    run, since, machine, pid = (plain(re.sub(r"\s+", " ", word)[:80]) for word in words)
    return f"run {run} works on it since {since} (process {pid} on {machine})"
