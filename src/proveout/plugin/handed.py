"""The command line of one run of a gate: what the gate chooses, and what the user said that applies to it."""

import pytest

from proveout.gates.parts import Part
from proveout.providers.plan import Wishes
from proveout.providers.target import LOCAL

# Options that the gate answers itself, or hands to those runs that they are about; these take a value,
FOR_GATE = (
    "--gate",
    "--env-url",
    "--env-root",
    "--env-machine",
    "--env-source",
    "--env-version",
    "--env-artifact",
    "--env-ports",
    "--env-require",
)
SWITCHES = ("--rehearse", "--explain")  # and these do not.


def handed(part: Part, wishes: Wishes, config: pytest.Config, *, rehearsal: bool) -> list[str]:
    """Return the arguments of pytest for a part."""
    words = [*_kept([str(word) for word in config.invocation_params.args]), *part.words]
    if rehearsal:
        words += ["--env-provider", "process"]
    require = set(wishes.require)
    if not rehearsal:
        require = require - {"live"} if part.twin else require | {"live"}
    words += [word for name in sorted(require) for word in ("--env-require", name)]
    return words + [word for i in part.ids for word in _about(i, wishes, twin=part.twin)]


def _kept(words: list[str]) -> list[str]:
    """Return the arguments without those that are about the gate or about targets."""
    kept, skip = [], False
    for word in words:
        flag, mark, _ = word.partition("=")
        if skip:
            skip = False
        elif flag in FOR_GATE:
            skip = not mark
        elif word not in SWITCHES:
            kept.append(word)
    return kept


def _about(environment: str, wishes: Wishes, *, twin: bool) -> list[str]:
    """Return what is known of the live target of one environment, as options."""
    machine = wishes.machines.get(environment, LOCAL)
    artifact = wishes.artifacts.get(environment)
    found = {
        "--env-url": wishes.urls.get(environment),
        "--env-root": wishes.roots.get(environment),
        "--env-machine": machine if machine != LOCAL else None,
        "--env-source": None if twin else wishes.sources.get(environment),
        "--env-version": wishes.versions.get(environment),
        "--env-artifact": f"sha256:{artifact}" if artifact else None,
    }
    return [
        word
        for flag, value in found.items()
        if value is not None
        for word in (flag, f"{environment}={value}")
    ]
