"""The command `proveout` in this process, on the definitions and the store of a `Gatekeeping`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from machinery.gatekeeping import Gatekeeping
from proveout.cli import main


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it wrote."""

    exit: int
    out: str
    err: str


class Desk(Gatekeeping):
    """Definitions and records as a checkout has them, at the time it really is."""

    def __init__(
        self, folder: Path, system: str, read: Callable[[], tuple[str, str]], **options: Any
    ) -> None:
        super().__init__(folder, system, **options)
        self.now = datetime.now(UTC)
        self._read = read
        (folder / "pyproject.toml").write_text('[tool.pytest]\nproveout_evidence = "evidence"\n')

    def __call__(self, *words: str) -> Said:
        """Run the command as a user in the checkout does."""
        code = main([*words, "--root", str(self.folder)])
        return Said(code, *self._read())
