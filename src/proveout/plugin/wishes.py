"""Turns the options of a run into wishes about its targets."""

import re
from pathlib import Path
from typing import Any

import pytest

from proveout.model.environment import Environment
from proveout.model.mistake import UserError, near
from proveout.model.wording import plain
from proveout.providers.connection import connection
from proveout.providers.plan import Wishes
from proveout.providers.target import LOCAL

REQUIREMENTS = ("live", "machine", "logs", "metrics", "source", "browser", "sessions", "port")


def wishes_of(config: pytest.Config, environments: list[Environment]) -> Wishes:
    """Return what the command line says about targets.

    Raises:
        UserError: a value is empty, or names an environment that was not selected.
    """
    option = config.option
    _no_empty_filters(config)
    require = [word.strip() for value in option.env_require for word in value.split(",")]
    for word in require:
        if word not in REQUIREMENTS:
            accepted = ", ".join(REQUIREMENTS)
            raise UserError(
                f'--env-require: "{word}" is unknown{near(word, REQUIREMENTS)}\nnext: one of {accepted}'
            )
    machines, roots = _places(option, environments)
    return Wishes(
        provider=option.env_provider,
        ports=option.env_ports,
        urls=_by_environment("--env-url", option.env_url, environments),
        roots=roots,
        versions=_by_environment("--env-version", option.env_version, environments),
        require=frozenset(require),
        machines=machines,
        artifacts={
            i: _digest(text)
            for i, text in _by_environment("--env-artifact", option.env_artifact, environments).items()
        },
        twin=option.env_twin,
        sources={
            i: _directory("--env-source", text, f"the checkout of {i.partition('/')[0]}")
            for i, text in _by_environment("--env-source", option.env_source, environments).items()
        },
    )


def _places(option: Any, environments: list[Environment]) -> tuple[dict[str, str], dict[str, Path]]:
    """Return the machine and the directory of each environment that has them."""
    machines: dict[str, str] = {}
    roots: dict[str, Path] = {}
    for i, text in _by_environment("--env-machine", option.env_machine, environments).items():
        machines[i], directory = connection(text)
        if directory is not None and machines[i] == LOCAL:
            roots[i] = _directory("--env-machine", str(directory), f"the directory of {i}")
        elif directory is not None:
            roots[i] = directory
    for i, text in _by_environment("--env-root", option.env_root, environments).items():
        if i in roots:
            raise UserError(
                f"--env-root and --env-machine both name a directory of {i}\nnext: leave one of the two out"
            )
        if machines.get(i, LOCAL) == LOCAL:
            roots[i] = _directory("--env-root", text, f"the directory of {i}")
        elif not text.startswith("/"):
            raise UserError(
                f'--env-root: "{text}" is on another machine and must begin with /\n'
                f"next: write the whole path of the directory of {i}"
            )
        else:
            roots[i] = Path(text)
    return machines, roots


def _digest(text: str) -> str:
    """Return the digest in hex; as the registries write it, with the name of the algorithm before it."""
    if not re.fullmatch("sha256:[0-9a-fA-F]{64}", text):
        raise UserError(
            f'--env-artifact: "{plain(text)}" is no digest\n'
            "next: write sha256: and its 64 hex digits, as the build or the registry says it"
        )
    return text.removeprefix("sha256:").lower()


def _directory(flag: str, text: str, what: str) -> Path:
    if not Path(text).is_dir():
        raise UserError(f"{flag}: {text} is no directory\nnext: name {what}")
    return Path(text).resolve()


def _no_empty_filters(config: pytest.Config) -> None:
    words = [str(word) for word in config.invocation_params.args]
    for flag in ("-k", "-m"):
        followed = [b for a, b in zip(words, [*words[1:], ""], strict=False) if a == flag]
        if "" in (text.strip() for text in followed) or f"{flag}=" in words:
            raise UserError(
                f'{flag} "": an empty selection selects everything, which is hardly what was meant\n'
                "  likely cause: a variable of the pipeline that is not set\n"
                f"next: leave {flag} out, or fill it in"
            )


def _by_environment(flag: str, values: list[str], environments: list[Environment]) -> dict[str, str]:
    """Return the values by environment id; a bare value is for the only environment there is."""
    found: dict[str, str] = {}
    ids = [environment.id for environment in environments]
    for value in values:
        name, mark, rest = value.partition("=")
        named = [i for i in ids if mark and name in {i, i.partition("/")[2]}]
        if not named and mark and "://" not in name and "/" in name and not Path(value).exists():
            raise UserError(
                f'{flag}: "{name}" is not selected{near(name, ids)}\n  selected: {", ".join(ids)}'
            )
        text = (rest if named else value).strip()
        if not text:
            raise UserError(
                f"{flag} is given but empty\n  likely cause: a variable of the pipeline that is not set\n"
                f"next: fill it in, or leave {flag} out"
            )
        targets = named or ids
        if len(targets) != 1:
            raise UserError(
                f"{flag}: {len(targets)} environments are meant ({', '.join(targets)})\n"
                f"next: say which, such as {flag} {targets[0]}=..."
            )
        if targets[0] in found:
            raise UserError(f"{flag}: {targets[0]} has two values\nnext: leave one out")
        found[targets[0]] = text
    return found
