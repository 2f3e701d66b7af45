"""What an environment of GAIA_GO states beyond what every environment states."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from proveout.model.environment import (
    Call,
    Environment,
    Flag,
    Logs,
    Network,
    Port,
    RelativePath,
    Section,
)
from proveout.model.quantity import Bytes, Seconds


class GaiaNetwork(Network):
    """Where the environment listens: for its users, and for those who read its metrics."""

    metrics_port: Port

    @property
    def ports(self) -> dict[str, int]:
        """Return the declared ports by name, the one for users first."""
        return {"port": self.port, "metrics_port": self.metrics_port}

    @model_validator(mode="after")
    def _two_ports(self) -> Self:
        if self.port == self.metrics_port:
            raise ValueError(f"port and metrics_port are both {self.port}; they are two listeners")
        return self


class GaiaLogs(Logs):
    """How the environment logs: form, outputs, the largest file, and how long files are kept."""

    file: RelativePath
    format: Literal["verbose", "structured", "json"]
    outputs: Annotated[tuple[Literal["console", "file", "metrics", "syslog"], ...], Field(min_length=1)]
    max_size: Bytes
    keep: Seconds
    event: Call


class Directories(Section):
    """The directories that the environment has as its own, and where its manifest lies beside it."""

    own: Annotated[tuple[RelativePath, ...], Field(min_length=1)]
    programs: RelativePath
    manifest: str


class Database(Section):
    """The database file and what the environment does with it by itself."""

    file: RelativePath
    migrates: Flag
    resets_on_error: Flag


class Backup(Section):
    """How often the database is backed up, for how long, and the names; `newest` is a fixed name.

    `names` is a pattern of strftime in UTC.
    """

    directory: RelativePath
    every: Seconds
    keep: Seconds
    names: str
    newest: str | None = None


class Tasks(Section):
    """The task queue: its workers and how long one task may take."""

    workers: Annotated[int, Field(ge=1)]
    timeout: Seconds


class Improvement(Section):
    """The switches of self-improvement, and of the features that go with it."""

    enabled: Flag
    build: Flag
    test: Flag
    deploy: Flag
    aggressive: Flag
    experimental: Flag
    dogfood: Flag


class Sessions(Section):
    """The tmux sessions of the machine: how many, and the one that drives the environment."""

    count: Annotated[int, Field(ge=1)]
    autonomous: str


class Isolation(Section):
    """How much slower it may become while another environment is under load.

    The 95th percentile may be `slower` times what it was, and up to `quick` seconds in any case.
    """

    slower: Annotated[float, Field(gt=1)]
    quick: Seconds


class GaiaEnvironment(Environment):
    """An environment of GAIA_GO."""

    network: GaiaNetwork
    logs: GaiaLogs
    directories: Directories
    database: Database
    backup: Backup | None = None
    tasks: Tasks
    improvement: Improvement
    sessions: Sessions | None = None
    isolation: Isolation | None = None
