"""A target: the running thing a run works on, and what of it can be reached."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from proveout.model.environment import Environment, Provenance

LOCAL = "local://"


@dataclass(frozen=True)
class Target:
    """Where an environment answers, and the directory and streams that are at hand (None: no access).

    `connection` is the machine the directory lies on, as testinfra names it; with a connection and no
    directory it is the one that the listening process runs in. `log` is the file with the standard output
    of a copy; `moved` holds the variables it was given instead of the declared values; `ports` are those
    really listened on, by name; `source` is a checkout of the delivery files; `artifact` is what a twin was
    started from in place of the definition's own files.
    """

    environment: Environment
    provenance: Provenance
    url: str
    root: Path | None = None
    log: Path | None = None
    moved: dict[str, str] = field(default_factory=dict)
    started_in: float | None = None
    ports: dict[str, int] = field(default_factory=dict)
    connection: str = LOCAL
    source: Path | None = None
    pid: int | None = None
    artifact: Path | None = None

    @property
    def disposable(self) -> bool:
        """Return whether the target was started for this run and ends with it."""
        return self.provenance != "live"

    @property
    def log_to_read(self) -> Path | None:
        """Return the log that a person on call reads, where it is on this machine."""
        declared = self.environment.logs
        if declared.output == "file" and declared.file and self.root and self.connection == LOCAL:
            return self.root / declared.file
        return self.log

    def url_of(self, name: str) -> str:
        """Return the URL of another listener of the target, such as `metrics_port`."""
        host = urlsplit(self.url).hostname or ""
        return f"http://{f'[{host}]' if ':' in host else host}:{self.ports[name]}"

    def handle(self) -> dict[str, Any]:
        """Return what another process needs to work on the same target, as JSON values."""
        return {
            "provenance": self.provenance,
            "url": self.url,
            "root": str(self.root) if self.root else None,
            "log": str(self.log) if self.log else None,
            "moved": self.moved,
            "started_in": self.started_in,
            "ports": self.ports,
            "connection": self.connection,
            "source": str(self.source) if self.source else None,
            "pid": self.pid,
            "artifact": str(self.artifact) if self.artifact else None,
        }

    @classmethod
    def from_handle(cls, environment: Environment, handle: dict[str, Any]) -> Self:
        """Return the target that `handle` was made from."""
        paths = {n: Path(handle[n]) if handle[n] else None for n in ("root", "log", "source", "artifact")}
        return cls(environment, **{**handle, **paths})
