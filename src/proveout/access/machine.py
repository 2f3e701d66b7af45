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
        """Return the command lines of running processes that contain `word`.

        Raises:
            Wrong: the processes of the machine cannot be listed.
        """
        __tracebackhide__ = True
        listing = self._host.run("for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline; echo; done 2>/dev/null")
        lines = [line.strip() for line in listing.stdout.splitlines() if line.strip()]
        if len(lines) < 2:
            raise Wrong("the processes of the machine cannot be listed")
        return [line for line in lines if word in line]
