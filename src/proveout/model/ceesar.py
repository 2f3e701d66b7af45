"""What an environment of CeesarCode states beyond what every environment states."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from proveout.model.environment import Environment, Flag, Section
from proveout.model.quantity import Bytes, Seconds


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or value.rstrip("/") != value:
        raise ValueError('write an origin, scheme and host without a path: "https://gamma.example.com"')
    if parts.path or parts.query or parts.username:
        raise ValueError("an origin has no path, query or user")
    return value


Origin = Annotated[str, AfterValidator(_origin)]


class Cors(Section):
    """The one origin whose pages may call the environment."""

    origin: Origin


class Executor(Section):
    """The ways of running programs that the documents allow here."""

    modes: Annotated[tuple[Literal["stub", "docker", "firecracker"], ...], Field(min_length=1)]


class Limits(Section):
    """What one program may take, and how many may run at once."""

    executions: Annotated[int, Field(ge=1)]
    timeout: Seconds
    memory: Bytes


class Agents(Section):
    """How many requests the AI agents take from all users together, in any minute."""

    requests_per_minute: Annotated[int, Field(ge=1)]


class Resources(Section):
    """What the environment may use of its machine: processors, and bytes of memory."""

    cpus: Annotated[float, Field(gt=0)]
    memory: Bytes


class Flags(Section):
    """Which features are switched on."""

    pair_programming: Flag
    system_design_agent: Flag
    web_search: Flag


class CeesarEnvironment(Environment):
    """An environment of CeesarCode."""

    cors: Cors
    executor: Executor
    limits: Limits
    flags: Flags
    agents: Agents | None = None
    resources: Resources | None = None

    @model_validator(mode="after")
    def _public_pages_are_encrypted(self) -> Self:
        if self.network.reach == "network" and not self.cors.origin.startswith("https://"):
            raise ValueError(
                f'[network] reach = "network" needs an https origin, [cors] origin is "{self.cors.origin}"'
            )
        return self
