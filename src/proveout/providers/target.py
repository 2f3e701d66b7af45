"""A target: the running thing a run works on, and what of it can be reached."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from proveout.model.environment import Environment, Provenance


@dataclass(frozen=True)
class Target:
    """Where an environment answers, and the directory and log that are at hand (None: no access).

    `moved` holds the variables that a disposable copy was given instead of the declared values.
    """

    environment: Environment
    provenance: Provenance
    url: str
    root: Path | None = None
    log: Path | None = None
    moved: dict[str, str] = field(default_factory=dict)
    started_in: float | None = None

    @property
    def disposable(self) -> bool:
        """Return whether the target was started for this run and ends with it."""
        return self.provenance != "live"

    def handle(self) -> dict[str, Any]:
        """Return what another process needs to work on the same target, as JSON values."""
        return {
            "provenance": self.provenance,
            "url": self.url,
            "root": str(self.root) if self.root else None,
            "log": str(self.log) if self.log else None,
            "moved": self.moved,
        }

    @classmethod
    def from_handle(cls, environment: Environment, handle: dict[str, Any]) -> Self:
        """Return the target that `handle` was made from."""
        target = cls(environment, handle["provenance"], handle["url"], moved=handle["moved"])
        root, log = handle["root"], handle["log"]
        return replace(target, root=Path(root) if root else None, log=Path(log) if log else None)
