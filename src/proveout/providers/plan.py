"""Decides how each selected environment is obtained, without touching anything."""

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from proveout.model.environment import Environment, Provenance
from proveout.model.mistake import UserError
from proveout.providers.address import checked_url, port_of

ProviderName = Literal["auto", "url", "process"]


@dataclass(frozen=True)
class Wishes:
    """What the command line says about targets; the mappings are by environment id."""

    provider: ProviderName = "auto"
    ports: Literal["free", "declared"] = "free"
    urls: dict[str, str] = field(default_factory=dict)
    roots: dict[str, Path] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    require: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Plan:
    """How one environment will be obtained. `url` is None for a disposable copy."""

    environment: Environment
    provenance: Provenance
    url: str | None
    source: str
    root: Path | None = None
    declared_ports: bool = False
    version: str | None = None

    @property
    def disposable(self) -> bool:
        """Return whether a copy is started for this run."""
        return self.url is None

    def lacking(self) -> dict[str, str]:
        """Return the kinds of access this plan does not give, each with why and how to give it."""
        if self.disposable:
            if self.declared_ports:
                return {}
            return {"port": "the copy listens on a free port: --env-ports declared"}
        missing: dict[str, str] = {"variant": "no copies of a live target are started: see twin"}
        if self.root is None:
            missing["machine"] = "no access to its files: --env-root DIR"
        if self.root is None or self.environment.logs.file is None:
            missing["logs"] = "no access to its log: [logs] file in environment.toml and --env-root DIR"
        if port_of(self.url or "") != self.environment.network.port:
            missing["port"] = f"the URL is not at port {self.environment.network.port} itself"
        return missing


def plan(environment: Environment, wishes: Wishes) -> Plan:
    """Return how to obtain the environment.

    Raises:
        UserError: the URL is wrong or empty, or there is no way to obtain a target.
    """
    url, source = _url(environment, wishes)
    version = wishes.versions.get(environment.id)
    root = wishes.roots.get(environment.id)
    if url is not None:
        return Plan(environment, "live", url, source, root, version=version)
    if wishes.provider == "url" or environment.start is None:
        raise UserError(
            f"{environment.id}: no URL is known\n"
            f"  looked at --env-url and the variable {environment.network.url_variable}\n"
            f"next: pytest --env={environment.id} --env-url=https://..."
        )
    if root is not None:
        raise UserError(
            f"--env-root: {environment.id} is a copy started for this run, its directory is its own\n"
            "next: give --env-url too, or leave --env-root out"
        )
    declared = wishes.ports == "declared"
    source = "start command of the definition"
    return Plan(environment, environment.start.provenance, None, source, None, declared, version)


def plans(environments: list[Environment], wishes: Wishes) -> list[Plan]:
    """Return a plan for each environment.

    Raises:
        UserError: as `plan`; or two copies would listen on the same declared port.
    """
    made = [plan(environment, wishes) for environment in environments]
    ports = Counter(p.environment.network.port for p in made if p.disposable and p.declared_ports)
    for port, count in ports.items():
        if count > 1:
            names = [p.environment.id for p in made if p.disposable and p.environment.network.port == port]
            raise UserError(
                f"--env-ports declared: {' and '.join(names)} are both declared on port {port}\n"
                f"next: run them one after the other, or leave --env-ports out"
            )
    return made


def _url(environment: Environment, wishes: Wishes) -> tuple[str | None, str]:
    if given := wishes.urls.get(environment.id):
        if wishes.provider == "process":
            raise UserError(
                f"--env-url and --env-provider process: {environment.id} is either live or a copy\n"
                "next: leave one of the two out"
            )
        return checked_url(given, "--env-url"), "--env-url"
    variable = environment.network.url_variable
    if wishes.provider == "process" or variable not in os.environ:
        return None, ""
    if not os.environ[variable].strip():
        raise UserError(
            f"{variable} is set but empty\n"
            f"  likely cause: the pipeline that should fill in the URL of {environment.id} did not\n"
            f"next: set it to the URL, or unset {variable} to run against a disposable copy"
        )
    return checked_url(os.environ[variable], variable), variable
