"""The machine a target runs on: its files and processes, through testinfra."""

from pathlib import Path
from typing import Any

from proveout.access.answer import Wrong
from proveout.model.configuration import settings


class Machine:
    """Files below the environment's own directory, and the processes beside it."""

    def __init__(self, host: Any, root: Path) -> None:
        self._host = host
        self.root = root

    @classmethod
    def local(cls, root: Path) -> "Machine":
        """Return this machine, with the environment's directory at `root`."""
        import testinfra  # noqa: PLC0415 - only runs that look at a machine pay for it

        return cls(testinfra.get_host("local://"), root)

    def file(self, path: str) -> Any:
        """Return testinfra's view of a file of the environment."""
        return self._host.file(str(self.root / path))

    def text(self, path: str) -> str:
        """Return a file's content.

        Raises:
            Wrong: there is no such file, or it is not text.
        """
        __tracebackhide__ = True
        file = self.file(path)
        if not file.is_file:
            raise Wrong(f"{path} is missing in {self.root}")
        try:
            return str(file.content.decode("utf-8"))
        except UnicodeDecodeError:
            raise Wrong(f"{path} in {self.root} is not UTF-8 text") from None

    def settings(self, path: str) -> dict[str, str]:
        """Return the keys and values of a configuration file; see `text` for errors."""
        __tracebackhide__ = True
        return settings(self.text(path))

    def processes_with(self, word: str) -> list[str]:
        """Return the command lines of running processes that contain `word` (letters, digits, hyphens).

        Raises:
            Wrong: the processes of the machine cannot be looked at.
        """
        __tracebackhide__ = True
        # The brackets keep the search from finding its own command line.
        pattern = f"[{word[0]}]{word[1:]}"
        found = self._host.run("grep -ls -e %s /proc/[0-9]*/cmdline", pattern)
        if found.rc not in {0, 1, 2} or not self._host.file("/proc/self/cmdline").exists:
            raise Wrong(f"the processes of the machine cannot be looked at: {found.stderr.strip()}")
        lines = [self._host.run("tr '\\0' ' ' <%s", path).stdout.strip() for path in found.stdout.split()]
        return [line for line in lines if line]
