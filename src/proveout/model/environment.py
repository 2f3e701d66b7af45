"""An environment: one declared deployment of a system, and what it must be."""

import re
from pathlib import Path, PurePath
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, model_validator

from proveout.model.quantity import Bytes, Seconds

Effect = Literal["reads", "writes", "disrupts"]
Provenance = Literal["live", "twin", "reference"]
EFFECTS: tuple[Effect, ...] = ("reads", "writes", "disrupts")
REFERENCE_PACKAGE = "proveout_reference"


def absolute_path(value: str) -> str:
    """Return a path of a server; it must begin with one slash."""
    if not value.startswith("/") or value.startswith("//"):
        raise ValueError('write a path of the server that begins with one slash: "/api/health"')
    return value


def _below(value: str) -> str:
    if Path(value).is_absolute() or ".." in Path(value).parts:
        raise ValueError('write a path below the environment\'s own directory: "config/env.gamma"')
    return value


def _call(value: str) -> str:
    if not re.fullmatch(r"(GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE) /\S*", value):
        raise ValueError('write a method and a path: "POST /api/run"')
    return value


UrlPath = Annotated[str, AfterValidator(absolute_path)]
RelativePath = Annotated[str, AfterValidator(_below)]
Call = Annotated[str, AfterValidator(_call)]
Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
Port = Annotated[int, Strict(), Field(ge=1, le=65535)]
Flag = Annotated[bool, Strict()]


class Section(BaseModel):
    """A table of a definition: unknown keys are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Identity(Section):
    """Who the environment must say it is."""

    environment: str = Field(min_length=1)


class Network(Section):
    """Where the environment listens and which variable holds the URL of the live one."""

    port: Port
    reach: Literal["loopback", "network"]
    url_variable: Variable

    @property
    def ports(self) -> dict[str, int]:
        """Return the declared ports by name, the one for users first."""
        return {"port": self.port}


class Configuration(Section):
    """The configuration file, relative to the environment's own directory.

    A file that is `sourced` is read by the shell that runs the start command; else its keys and values are
    set as variables.
    """

    file: RelativePath
    sourced: Flag = False


class Logs(Section):
    """At which level the environment logs, where to, and the file a platform captures its streams in.

    `event` is a reading call that makes the environment write a line at its level.
    """

    level: str
    output: Literal["streams", "file"]
    file: RelativePath | None = None
    event: Call | None = None

    @model_validator(mode="after")
    def _an_event_only_reads(self) -> Self:
        if self.event is not None and not self.event.startswith("GET "):
            raise ValueError(f'event = "{self.event}" must be a GET, because it is sent to a live prod, too')
        return self


class Effects(Section):
    """What checks may do to the live environment, and the calls that count as reading."""

    live: tuple[Literal["reads", "writes"], ...]
    load: bool = False
    synthetic: tuple[Call, ...] = ()


class Start(Section):
    """How a disposable copy is started.

    `files` maps a place in the environment's private directory to a source relative to the definition;
    `beside` does so for the directory that holds it. `directory` is where the environment's directory lies
    in the tree that the copies of one run share. `artifact` names what a team starts instead of the
    reference server; without it nothing is said about theirs.
    """

    command: Annotated[tuple[str, ...], Field(min_length=1)]
    artifact: str | None = None
    directory: RelativePath | None = None
    files: dict[RelativePath, str] = {}
    beside: dict[RelativePath, str] = {}
    variables: dict[Variable, str] = {}
    secrets: tuple[Variable, ...] = ()
    ready: UrlPath
    ready_within: Seconds = 20.0
    stop_within: Seconds = 10.0

    @model_validator(mode="after")
    def _reference_is_no_artifact(self) -> Self:
        if self.artifact and any(REFERENCE_PACKAGE in word for word in self.command):
            raise ValueError(f"artifact names your own server, but the command starts {REFERENCE_PACKAGE}")
        return self

    @property
    def provenance(self) -> Literal["twin", "reference"]:
        """Return what a copy started this way is: the team's own artifact, or our reference server."""
        return "twin" if self.artifact else "reference"


class ArtifactPlace(Section):
    """What the environment is started from: a file or directory, relative to its own directory.

    Its digest tells whether two targets are the same, and a twin is started from a copy of it.
    """

    path: RelativePath

    @model_validator(mode="after")
    def _below_the_directory(self) -> Self:
        if not PurePath(self.path).parts:
            raise ValueError(f'path = "{self.path}" is the whole directory, with its logs and data')
        return self


class Origin(Section):
    """The branch whose merges the environment is deployed from."""

    branch: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./-]*$")]


class Budgets(Section):
    """What a run may take from an environment: seconds of one answer, bytes of a body, requests at all."""

    answer: Seconds = 5.0
    body: Bytes = 4 * 2**20
    requests: Annotated[int, Field(ge=1)] = 5000
    concurrency: Annotated[int, Field(ge=1)] = 40


class Environment(Section):
    """One `environment.toml`: what every system's environments have."""

    identity: Identity
    network: Network
    configuration: Configuration
    logs: Logs
    effects: Effects
    start: Start | None = None
    artifact: ArtifactPlace | None = None
    origin: Origin | None = None
    budgets: Budgets = Budgets()

    system: str = Field(exclude=True)
    directory: Path = Field(exclude=True)

    @property
    def id(self) -> str:
        """Return `<system>/<environment>`."""
        return f"{self.system}/{self.name}"

    @property
    def name(self) -> str:
        """Return the name the environment must give itself."""
        return self.identity.environment

    @property
    def configuration_source(self) -> str | None:
        """Return where the configuration file of a copy comes from, relative to the definition."""
        file = PurePath(self.configuration.file)
        for place, origin in self.start.files.items() if self.start else ():
            if file.is_relative_to(place):
                return str(PurePath(origin) / file.relative_to(place))
        return None

    @model_validator(mode="after")
    def _named_as_its_directory(self) -> Self:
        if self.directory.name != self.identity.environment:
            raise ValueError(
                f'[identity] environment = "{self.identity.environment}" stands in the directory '
                f'"{self.directory.name}"; one of the two is wrong'
            )
        return self
