"""A shell: of this machine, of one that is reached by ssh, or of a container; through testinfra."""

import shlex
import shutil
import tempfile
from dataclasses import dataclass
from typing import Any

from proveout.access.answer import Unknowable
from proveout.model.wording import plain
from proveout.providers.target import LOCAL

# Never a prompt that nobody answers, and never a connection that hangs for good.
SSH = "-o BatchMode=yes -o ServerAliveInterval=5 -o ServerAliveCountMax=3 -o LogLevel=ERROR"


@dataclass(frozen=True)
class Done:
    """How a command ended and what it wrote; what is not UTF-8 is replaced in the texts."""

    rc: int
    stdout_bytes: bytes
    stderr_bytes: bytes

    @property
    def stdout(self) -> str:
        """Return the standard output as text."""
        return self.stdout_bytes.decode("utf-8", "replace")

    @property
    def lines(self) -> list[str]:
        """Return the lines of the standard output; only a line feed ends one."""
        return self.stdout.removesuffix("\n").split("\n") if self.stdout_bytes else []

    @property
    def last_words(self) -> str:
        """Return the last line that was said, on standard error if anything was said there."""
        said = self.stderr_bytes.decode("utf-8", "replace").strip() or self.stdout.strip()
        return plain(said.splitlines()[-1], limit=300) if said else ""


class Shell:
    """Runs commands of POSIX sh at the end of a connection."""

    def __init__(self, connection: str) -> None:
        import testinfra  # noqa: PLC0415 - only runs that look at a machine pay for it

        self.connection = connection
        self._folder: str | None = None
        self._proven = self.is_here
        how: dict[str, Any] = {}
        if connection.startswith("ssh://"):
            # Not below TMPDIR: the path of a socket has 107 characters, and no blanks.
            self._folder = tempfile.mkdtemp(prefix="proveout-", dir="/tmp")
            how = {"ssh_extra_args": SSH, "controlpath": f"{self._folder}/ssh", "controlpersist": 5}
        self._backend: Any = testinfra.get_host(connection, **how).backend
        self._backend._encoding = "utf-8"  # noqa: SLF001 - else it asks a Python there, if there is one

    @property
    def is_here(self) -> bool:
        """Return whether it is a shell of the machine that verifies."""
        return self.connection == LOCAL

    @property
    def name(self) -> str:
        """Return the connection without its query, as sentences name it."""
        return self.connection.partition("?")[0]

    def run(self, command: str, *words: str) -> Done:
        """Run a command; if there are words, each %s is replaced by a quoted one.

        Raises:
            Unknowable: the machine cannot be reached, or does not run commands.
        """
        __tracebackhide__ = True
        done = self._ask(command, *words)
        if done.rc != 0 or not self._proven:
            self._prove()
        return done

    def _prove(self) -> None:
        """A failure is the command's own only where a command that cannot fail succeeds."""
        __tracebackhide__ = True
        if self.is_here:
            return
        done = self._ask("true")
        if done.rc != 0:
            raise Unknowable(f"{self.name}: {done.last_words or 'it runs no commands'}")
        if done.stdout_bytes:
            raise Unknowable(f"{self.name}: its login writes to standard output ({done.last_words})")
        self._proven = True

    def _ask(self, command: str, *words: str) -> Done:
        __tracebackhide__ = True
        try:
            done = self._backend.run(command, *words)
        except RuntimeError as error:  # what testinfra raises where ssh itself fails
            done = error.args[0]
            said = Done(done.rc, done.stdout_bytes, done.stderr_bytes).last_words
            raise Unknowable(f"{self.name}: {said or 'no login'}") from None
        return Done(done.rc, done.stdout_bytes, done.stderr_bytes)

    def close(self) -> None:
        """End the connection, where one is kept."""
        if self._folder is None:
            return
        words = ["ssh", "-o", f"ControlPath={self._folder}/ssh", "-O", "exit"]
        self._backend.run_local(f"{shlex.join([*words, 'it'])} 2>/dev/null")
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None
