"""The machine a target runs on: files below the environment's own directory, through testinfra."""

import shlex
import shutil
import tempfile
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from proveout.access.answer import Unknowable, Wrong
from proveout.access.process import Processes
from proveout.model.configuration import settings
from proveout.providers.target import LOCAL, Target

# Never a prompt that nobody answers, and never a connection that hangs for good.
SSH = "-o BatchMode=yes -o ServerAliveInterval=5 -o ServerAliveCountMax=3 -o LogLevel=ERROR"


class Machine:
    """Files below the environment's own directory, and the processes beside it."""

    def __init__(self, host: Any, root: Path | None, port: int = 0, connection: str = LOCAL) -> None:
        self._host = host
        self._root = root
        self._port = port
        self.connection = connection
        self._folder: str | None = None

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
        import testinfra  # noqa: PLC0415 - only runs that look at a machine pay for it

        if not connection.startswith("ssh://"):
            return cls(testinfra.get_host(connection), root, port, connection)
        folder = tempfile.mkdtemp(prefix="proveout-")  # short: the path of a socket has 107 characters
        host = testinfra.get_host(
            connection, ssh_extra_args=SSH, controlpath=f"{folder}/%C", controlpersist=5
        )
        machine = cls(host, root, port, connection)
        machine._folder = folder
        return machine

    @property
    def is_here(self) -> bool:
        """Return whether it is the machine that verifies."""
        return self.connection == LOCAL

    @cached_property
    def root(self) -> Path:
        """Return the environment's own directory.

        Where it was not named it is the working directory of the process that listens on the target's port.

        Raises:
            Wrong: nobody listens there on that machine.
            Unknowable: the process cannot be looked at.
        """
        __tracebackhide__ = True
        if self._root is not None:
            return self._root
        listeners = self.processes.listening(self._port)
        if not listeners:
            raise Wrong(f"no process of {self.connection} listens on port {self._port}")
        return self.processes.directory(min(listeners))

    @cached_property
    def processes(self) -> Processes:
        """Return the processes of the machine."""
        return Processes(self.run)

    def run(self, command: str, *words: str) -> Any:
        """Run a command of POSIX sh there; each %s is replaced by a quoted word.

        Raises:
            Unknowable: the machine cannot be reached.
        """
        __tracebackhide__ = True
        try:
            done = self._host.run(command, *words)
        except RuntimeError as error:  # what testinfra raises where ssh itself fails
            said = str(getattr(error.args[0] if error.args else error, "stderr", error)).strip()
            raise Unknowable(f"{self.connection}: {said.splitlines()[-1] if said else 'no login'}") from None
        if self.connection.startswith("docker://") and done.rc in {125, 126, 127} and not done.stdout:
            raise Unknowable(f"{self.connection}: {done.stderr.strip() or 'no such container'}")
        return done

    def file(self, path: str) -> Any:
        """Return testinfra's view of a file of the environment."""
        return self._host.file(str(self.root / path))

    def text(self, path: str) -> str:
        """Return a file's content.

        Raises:
            Wrong: there is no such file, it may not be read, or it is not text.
        """
        __tracebackhide__ = True
        done = self.run("cat -- %s", str(self.root / path))
        if done.rc != 0:
            file = self.run("test -f %s", str(self.root / path)).rc == 0
            why = "cannot be read" if file else "is missing"
            raise Wrong(f"{path} {why} in {self.root}")
        try:
            return str(done.stdout_bytes.decode("utf-8"))
        except UnicodeDecodeError:
            raise Wrong(f"{path} in {self.root} is not UTF-8 text") from None

    def settings(self, path: str) -> dict[str, str]:
        """Return the keys and values of a configuration file; see `text` for errors."""
        __tracebackhide__ = True
        return settings(self.text(path))

    def exists(self, path: str) -> bool:
        """Return whether there is anything at a path below the environment's directory."""
        return bool(self.run("test -e %s", str(self.root / path)).rc == 0)

    def size(self, path: str) -> int:
        """Return the size of a file in bytes.

        Raises:
            Wrong: there is no such file.
        """
        __tracebackhide__ = True
        done = self.run("test -f %s && wc -c <%s", *[str(self.root / path)] * 2)
        if done.rc != 0 or not done.stdout.strip().isdigit():
            raise Wrong(f"{path} is missing in {self.root}")
        return int(done.stdout)

    def own_directory(self, path: str) -> Path:
        """Return the real place of a directory of the environment.

        Raises:
            Wrong: it is missing, no directory, or a link that leads out of the environment's directory.
        """
        __tracebackhide__ = True
        done = self.run("test -d %s", str(self.root / path))
        if done.rc != 0:
            raise Wrong(f"the directory {path}/ is missing in {self.root}")
        real, base = self.real(path), self.real(".")
        if real != base / path and not real.is_relative_to(base):
            raise Wrong(f"the directory {path}/ is a link to {real}, outside of {self.root}")
        return real

    def real(self, path: str) -> Path:
        """Return a path below the environment's directory with all links resolved.

        Raises:
            Wrong: it leads nowhere.
        """
        __tracebackhide__ = True
        done = self.run("readlink -f %s", str(self.root / path))
        if done.rc != 0 or not done.stdout.strip():
            raise Wrong(f"{path} is missing in {self.root}")
        return Path(done.stdout.rstrip("\n"))

    def directories(self, path: str) -> set[str]:
        """Return the names of the directories that lie in a directory; hidden ones are left out.

        Raises:
            Wrong: the directory is missing.
        """
        __tracebackhide__ = True
        place = str(PurePosixPath(self.root) / path)
        done = self.run("cd %s && ls -1p", place)
        if done.rc != 0:
            raise Wrong(f"the directory {place} is missing")
        return {name.rstrip("/") for name in done.stdout.splitlines() if name.endswith("/")}

    def sessions(self) -> list[str]:
        """Return the names of the tmux sessions of the user that the machine is looked at as.

        Raises:
            Unknowable: there is no tmux there.
        """
        __tracebackhide__ = True
        done = self.run("tmux list-sessions -F '#{session_name}'")
        if done.rc == 127:
            raise Unknowable("there is no tmux on the machine, or it is not in the PATH of this user")
        return [str(name) for name in done.stdout.splitlines()] if done.rc == 0 else []

    def processes_with(self, word: str) -> list[str]:
        """Return the command lines of running processes that contain `word`; see `Processes.with_word`."""
        __tracebackhide__ = True
        return self.processes.with_word(word)

    def close(self) -> None:
        """End the connection, where one is kept."""
        if self._folder is None:
            return
        host = self._host.backend.host
        words = ["ssh", "-o", f"ControlPath={self._folder}/%C", "-O", "exit"]
        words += ["-F", self._host.backend.ssh_config] if self._host.backend.ssh_config else []
        words += ["-p", str(host.port)] if host.port else []
        words += ["-l", host.user] if host.user else []
        self._host.backend.run_local(shlex.join([*words, host.name]).replace("%", "%%") + " 2>/dev/null")
        shutil.rmtree(self._folder, ignore_errors=True)
