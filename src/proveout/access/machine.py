"""The machine a target runs on: files below the environment's own directory, through testinfra."""

import re
from functools import cached_property
from pathlib import Path

from proveout.access.answer import Unknowable, Wrong
from proveout.access.process import Processes
from proveout.access.shell import Done, Shell
from proveout.model.configuration import settings
from proveout.providers.target import LOCAL, Target

LIMIT = 4 * 2**20  # bytes of a text file
# What tmux says where nobody has a session.
NO_SESSIONS = re.compile(
    "no server running|no sessions|server exited|No such file or directory|Connection refused"
)


class Machine:
    """Files below the environment's own directory, and the processes beside it."""

    def __init__(self, shell: Shell, root: Path | None, port: int = 0) -> None:
        self._shell = shell
        self._root = root
        self._port = port

    @classmethod
    def local(cls, root: Path) -> "Machine":
        """Return this machine, with the environment's directory at `root`."""
        return cls.at(LOCAL, root)

    @classmethod
    def of(cls, target: Target) -> "Machine":
        """Return the machine of a target that has one at hand."""
        return cls.at(target.connection, target.root, target.ports.get("port", 0))

    @classmethod
    def at(cls, connection: str, root: Path | None, port: int = 0) -> "Machine":
        """Return the machine at the end of a connection; without `root` see `Machine.root`."""
        return cls(Shell(connection), root, port)

    @property
    def connection(self) -> str:
        """Return how the machine is reached."""
        return self._shell.connection

    @property
    def name(self) -> str:
        """Return the connection as sentences name it."""
        return self._shell.name

    @property
    def is_here(self) -> bool:
        """Return whether it is the machine that verifies."""
        return self._shell.is_here

    @cached_property
    def root(self) -> Path:
        """Return the environment's own directory.

        Where it was not named it is the working directory of the process that listens on the target's port.

        Raises:
            Unknowable: nobody listens there on that machine, or the process cannot be looked at.
        """
        __tracebackhide__ = True
        if self._root is not None:
            return self._root
        listeners = self.processes.listening(self._port)
        if not listeners:
            raise Unknowable(
                f"{self.name}: no process there listens on port {self._port}, so the directory of the "
                "environment is not known: add it, as in --env-machine=ssh://host/DIR"
            )
        # Process 1 may hold the sockets of others; in a container it may be the server itself.
        return self.processes.directory(min(listeners - {1} or listeners))

    @cached_property
    def processes(self) -> Processes:
        """Return the processes of the machine."""
        return Processes(self.run)

    def run(self, command: str, *words: str) -> Done:
        """Run a command of POSIX sh there; see `Shell.run`."""
        __tracebackhide__ = True
        return self._shell.run(command, *words)

    def text(self, path: str) -> str:
        """Return a file's content.

        Raises:
            Wrong: there is no such file, it may not be read, is no text, or larger than 4 MiB.
        """
        __tracebackhide__ = True
        place = str(self.root / path)
        done = self.run("test -f %s && head -c %s <%s", place, str(LIMIT + 1), place)
        if done.rc != 0:
            why = "cannot be read" if self.is_file(path) else "is missing"
            raise Wrong(f"{path} {why} in {self.root}")
        if len(done.stdout_bytes) > LIMIT:
            raise Wrong(f"{path} in {self.root} is larger than {LIMIT} bytes")
        try:
            return done.stdout_bytes.decode("utf-8")
        except UnicodeDecodeError:
            raise Wrong(f"{path} in {self.root} is not UTF-8 text") from None

    def settings(self, path: str) -> dict[str, str]:
        """Return the keys and values of a configuration file; see `text` for errors."""
        __tracebackhide__ = True
        return settings(self.text(path))

    def exists(self, path: str) -> bool:
        """Return whether there is anything at a path below the environment's directory."""
        __tracebackhide__ = True
        return self.run("test -e %s", str(self.root / path)).rc == 0

    def is_file(self, path: str) -> bool:
        """Return whether there is a file, or a link to one, at a path below the environment's directory."""
        __tracebackhide__ = True
        return self.run("test -f %s", str(self.root / path)).rc == 0

    def size(self, path: str) -> int:
        """Return the size of a file in bytes.

        Raises:
            Wrong: there is no such file, or it may not be read.
        """
        __tracebackhide__ = True
        done = self.run("test -f %s && wc -c <%s", *[str(self.root / path)] * 2)
        if done.rc != 0:
            raise Wrong(f"{path} {'cannot be read' if self.is_file(path) else 'is missing'} in {self.root}")
        return int(done.stdout)

    def own_directory(self, path: str) -> Path:
        """Return the real place of a directory of the environment.

        Raises:
            Wrong: it is missing, no directory, or a link that leads out of the environment's directory.
        """
        __tracebackhide__ = True
        if self.run("test -d %s", str(self.root / path)).rc != 0:
            what = "is no directory" if self.exists(path) else "is missing"
            raise Wrong(f"the directory {path}/ {what} in {self.root}")
        real, base = self.real(path), self.real(".")
        if base not in real.parents:
            raise Wrong(f"the directory {path}/ is a link to {real}, outside of {self.root}")
        return real

    def real(self, path: str) -> Path:
        """Return a path below the environment's directory with all links resolved.

        Raises:
            Wrong: it leads nowhere.
        """
        __tracebackhide__ = True
        done = self.run("test -e %s && readlink -f %s", *[str(self.root / path)] * 2)
        if done.rc != 0:
            raise Wrong(f"{path} is missing in {self.root}")
        return Path(done.stdout.removesuffix("\n"))

    def directories(self, path: str) -> set[str]:
        """Return the names of the directories in a directory, links to some included; no hidden ones.

        Raises:
            Wrong: the directory is missing, or cannot be read.
        """
        __tracebackhide__ = True
        place = str(self.root / path)
        listing = 'for name in */; do if test -d "$name"; then printf "%%s\\n" "$name"; fi; done'
        done = self.run(f"cd %s && test -r . && {listing}", place)
        if done.rc != 0:
            why = "cannot be read" if self.run("test -d %s", place).rc == 0 else "is missing"
            raise Wrong(f"the directory {place} {why}")
        return {name.rstrip("/") for name in done.lines}

    def sessions(self) -> list[str]:
        """Return the names of the tmux sessions of the user that the machine is looked at as.

        Raises:
            Unknowable: there is no tmux there, or it does not say.
        """
        __tracebackhide__ = True
        done = self.run("tmux -u list-sessions -F '#{session_name}'")
        if done.rc == 127:
            raise Unknowable("there is no tmux on the machine, or it is not in the PATH of this user")
        if done.rc != 0 and not NO_SESSIONS.search(done.last_words):
            raise Unknowable(f"tmux does not name its sessions: {done.last_words}")
        return done.lines if done.rc == 0 else []

    def processes_with(self, word: str) -> list[str]:
        """Return the command lines of running processes that contain `word`; see `Processes.with_word`."""
        __tracebackhide__ = True
        return self.processes.with_word(word)

    def close(self) -> None:
        """End the connection, where one is kept."""
        self._shell.close()
