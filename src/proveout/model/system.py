"""A system: what is deployed, and what all its environments have in common."""

import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from proveout.model.claim import Claim
from proveout.model.environment import Environment, RelativePath, Section, UrlPath, Variable
from proveout.model.gate import Gates


def _pattern(value: str) -> str:
    try:
        re.compile(value.replace("{value}", "x"))
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return value


def _pattern_of_value(value: str) -> str:
    if "{value}" not in value:
        raise ValueError("write {value} where the value stands in the line")
    return _pattern(value)


def _pattern_of_level(value: str) -> str:
    if re.compile(_pattern(value)).groups == 0:
        raise ValueError("write a group around the level: 'level=(\\w+)'")
    return value


Pattern = Annotated[str, AfterValidator(_pattern)]
PatternOfLevel = Annotated[str, AfterValidator(_pattern_of_level)]
PatternOfValue = Annotated[str, AfterValidator(_pattern_of_value)]


def _each_once(value: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(value)) < len(value):
        raise ValueError("order: an environment stands twice")
    return value


def _with_port(value: dict[str, str]) -> dict[str, str]:
    if "port" not in value:
        raise ValueError('ports: write port = "...", the variable that moves the port of a copy')
    return value


class IdentityAnswer(Section):
    """Where a running target says which environment and which version it is."""

    path: UrlPath
    environment_field: str
    version_field: str


class LogForm(Section):
    """How the system's log is read: its levels from talkative to silent, and what it says at the start.

    `request_level` is the level at which every request is worth a line; `critical` finds the lines that must
    not be there when a version is promoted, in place of what usually means so.
    """

    levels: Annotated[tuple[str, ...], Field(min_length=1)]
    level: PatternOfLevel
    request_level: str
    startup: dict[Variable, PatternOfValue] = {}
    critical: Pattern | None = None

    @model_validator(mode="after")
    def _requests_have_a_level(self) -> Self:
        if self.request_level not in self.levels:
            raise ValueError(f'request_level = "{self.request_level}" is none of levels')
        return self


class Delivery(Section):
    """The delivery files of a system: the checkout of our own copies, and where in any checkout they lie."""

    directory: RelativePath
    dockerfile: RelativePath
    workflow: RelativePath


class System(Section):
    """One `system.toml` with its claims and environments."""

    title: str
    order: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_each_once)]
    identity: IdentityAnswer
    ports: Annotated[dict[str, Variable], AfterValidator(_with_port)]
    logs: LogForm
    delivery: Delivery | None = None

    name: str = Field(exclude=True)
    directory: Path = Field(exclude=True)
    claims: tuple[Claim, ...] = Field(default=(), exclude=True)
    environments: dict[str, Environment] = Field(default={}, exclude=True)
    gates: Gates | None = Field(default=None, exclude=True)

    @cached_property
    def by_claim(self) -> dict[str, Claim]:
        """Return the claims by id."""
        return {claim.id: claim for claim in self.claims}

    def checkable(self, environment: str) -> list[Claim]:
        """Return the claims of kind check about one environment, in the order of the documents."""
        return [c for c in self.claims if c.kind == "check" and environment in c.environments]
