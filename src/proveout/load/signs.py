"""The signs by which the processes of a segment wait for each other: files in the ledger's folder `ready`."""

from dataclasses import dataclass
from pathlib import Path

READY = "ready"


@dataclass(frozen=True)
class Signs:
    """Where the signs of one segment are; on each machine they lie in a folder of its own."""

    folder: Path
    segment: int

    def clear(self) -> None:
        """Take away what an earlier attempt at the segment left, and make the folder."""
        self.go.parent.mkdir(parents=True, exist_ok=True)
        for sign in self.go.parent.glob(f"{self.segment:04d}*"):
            sign.unlink(missing_ok=True)

    @property
    def open(self) -> Path:
        """Return the sign that the master can be reached."""
        return self._sign(".open")

    def joined(self, worker: int) -> Path:
        """Return the sign that a worker of another machine has reached the master."""
        return self._sign(f"-{worker:02d}.joined")

    def ready(self, worker: int) -> Path:
        """Return the sign that a worker could begin."""
        return self._sign(f"-{worker:02d}")

    @property
    def go(self) -> Path:
        """Return the sign that all begin; it says when."""
        return self._sign(".go")

    def _sign(self, name: str) -> Path:
        return self.folder / READY / f"{self.segment:04d}{name}"
