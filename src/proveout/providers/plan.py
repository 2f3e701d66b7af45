"""Decides how each selected environment is obtained, without touching anything."""

import os
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from proveout.model.environment import Environment, Provenance
from proveout.model.mistake import UserError
from proveout.providers.address import checked_url, port_of
from proveout.providers.target import LOCAL

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
    machines: dict[str, str] = field(default_factory=dict)
    sources: dict[str, Path] = field(default_factory=dict)
    artifacts: dict[str, str] = field(default_factory=dict)
    twin: bool = False


@dataclass(frozen=True)
class Live:
    """The live target that a twin is made from: its URL and its directory, where they are known."""

    url: str | None
    root: Path | None
    connection: str

    @property
    def at_hand(self) -> bool:
        """Return whether its artifact can be copied from its directory."""
        return self.root is not None or self.connection != LOCAL


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
    connection: str = LOCAL
    delivery: Path | None = None
    twin_of: Live | None = None

    @property
    def disposable(self) -> bool:
        """Return whether a copy is started for this run."""
        return self.url is None

    @property
    def ports(self) -> dict[str, int]:
        """Return where the listeners of a live target are, by name."""
        return {**self.environment.network.ports, "port": port_of(self.url or "")}

    def lacking(self) -> dict[str, str]:
        """Return the kinds of access this plan does not give, each with why and how to give it."""
        if self.disposable:
            live = "only a live machine has them: --env-url with --env-root or --env-machine"
            missing = {"sessions": live}
            if not self.declared_ports:
                missing["port"] = "the copy listens on a free port: --env-ports declared"
            return missing
        missing = {
            "variant": "no copies of a live target are started: see twin",
            "started": "a live target was started by others: see twin",
        }
        if self.root is None and self.connection == LOCAL:
            missing["machine"] = missing["sessions"] = (
                "no access to its machine: --env-root=DIR, or --env-machine=ssh://user@host/DIR"
            )
            missing["logs"] = missing["machine"]
        if self.environment.logs.file is None:
            missing["logs"] = "no access to its log: [logs] file in environment.toml and --env-root=DIR"
        if self.delivery is None:
            missing["source"] = "no access to its delivery files: --env-source=DIR"
        if port_of(self.url or "") != self.environment.network.port:
            missing["port"] = f"the URL is not at port {self.environment.network.port} itself"
            missing["metrics"] = f"{missing['port']}, so where its metrics are is not known"
        return missing


def plan(environment: Environment, wishes: Wishes) -> Plan:
    """Return how to obtain the environment.

    Raises:
        UserError: the URL is wrong or empty, or there is no way to obtain a target.
    """
    if wishes.twin:
        return _twin(environment, wishes)
    url, source = _url(environment, wishes)
    i = environment.id
    version = wishes.versions.get(i)
    if url is not None:
        return Plan(
            environment,
            "live",
            url,
            source,
            wishes.roots.get(i),
            version=version,
            connection=wishes.machines.get(i, LOCAL),
            delivery=wishes.sources.get(i),
        )
    if wishes.provider == "url" or environment.start is None:
        raise UserError(
            f"{i}: no URL is known\n"
            f"  looked at --env-url and the variable {environment.network.url_variable}\n"
            f"next: pytest --env={i} --env-url=https://..."
        )
    for flag, given in (
        ("--env-root", wishes.roots),
        ("--env-machine", wishes.machines),
        ("--env-source", wishes.sources),
    ):
        if i in given:
            raise UserError(
                f"{flag}: {i} is a copy started for this run, its directory is its own\n"
                f"next: give --env-url too, or leave {flag} out"
            )
    declared = wishes.ports == "declared"
    source = "start command of the definition"
    return Plan(environment, environment.start.provenance, None, source, None, declared, version)


def _twin(environment: Environment, wishes: Wishes) -> Plan:
    """Return how to make a copy of what is live.

    Raises:
        UserError: there is no way to its artifact, or the options contradict each other.
    """
    i, start = environment.id, environment.start
    if wishes.provider != "auto" or "live" in wishes.require:
        other = "--env-require live" if "live" in wishes.require else f"--env-provider {wishes.provider}"
        raise UserError(f"--env-twin and {other}: a twin is a copy\nnext: leave one of the two out")
    if i in wishes.sources:
        raise UserError(f"--env-source: {i} is a copy started for this run\nnext: leave --env-source out")
    url, _ = _url(environment, wishes)
    live = Live(url, wishes.roots.get(i), wishes.machines.get(i, LOCAL))
    if start is None or (live.at_hand and environment.artifact is None):
        lacking = "[start], which says how a copy is started"
        if start is not None:
            lacking = "[artifact] path, which says what in its directory is started"
        raise UserError(f"--env-twin: {i} has no {lacking}\nnext: add it to environment.toml")
    if not live.at_hand and start.artifact is None:
        how = "say where it is: --env-root=DIR, or --env-machine=ssh://user@host/DIR"
        if environment.artifact is None:
            how = "name it in environment.toml: [start] artifact, or [artifact] path for use with --env-root"
        raise UserError(f"--env-twin: there is no way to the artifact of the live {i}\nnext: {how}")
    source = "the artifact of the live one" if live.at_hand else "[start] artifact of the definition"
    version, declared = wishes.versions.get(i), wishes.ports == "declared"
    return Plan(environment, "twin", None, source, None, declared, version, twin_of=live)


def plans(environments: list[Environment], wishes: Wishes) -> list[Plan]:
    """Return a plan for each environment.

    Raises:
        UserError: as `plan`; or two copies would listen on the same declared port.
    """
    made = [plan(environment, wishes) for environment in environments]
    listeners: dict[int, list[str]] = defaultdict(list)
    for one in made:
        for port in one.environment.network.ports.values() if one.disposable and one.declared_ports else ():
            listeners[port].append(one.environment.id)
    clashes = [
        f"{' and '.join(ids)} are {'both' if len(ids) == 2 else 'all'} declared on port {port}"
        for port, ids in listeners.items()
        if len(ids) > 1
    ]
    if clashes:
        raise UserError(
            f"--env-ports declared: {'; '.join(clashes)}\n"
            "next: run them one after the other, or leave --env-ports out"
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
