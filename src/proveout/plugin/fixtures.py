"""The fixtures of checks: nouns; each says which system or access a check needs."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from proveout.access.ceesar import Ceesar
    from proveout.access.logs import Logs
    from proveout.access.machine import Machine
    from proveout.model.environment import Environment
    from proveout.plugin.run import Run
    from proveout.providers.target import Target


@pytest.fixture(scope="session")
def proveout_run(request: pytest.FixtureRequest) -> "Run":
    """Return the run that obtained the targets."""
    run: Run | None = request.config.pluginmanager.get_plugin("proveout-run")
    if run is None:
        raise pytest.UsageError("no environment was named\nnext: pytest --env=gamma -m smoke")
    return run


@pytest.fixture
def environment(request: pytest.FixtureRequest, proveout_run: "Run") -> "Environment":
    """Return the definition of the environment that is being verified."""
    return proveout_run.catalogue.environments[request.param]


@pytest.fixture
def target(environment: "Environment", proveout_run: "Run") -> "Target":
    """Return where the environment answers."""
    return proveout_run.targets[environment.id]


@pytest.fixture
def ceesar(request: pytest.FixtureRequest, target: "Target", proveout_run: "Run") -> Iterator["Ceesar"]:
    """Return CeesarCode in the environment that is being verified."""
    from proveout.access.ceesar import Ceesar  # noqa: PLC0415 - only checks of this system pay for it

    with proveout_run.http(target, request.node) as http:
        yield Ceesar(target, http)


@pytest.fixture
def together(request: pytest.FixtureRequest, proveout_run: "Run") -> dict[str, "Target"]:
    """Return the targets of all environments that the check's claims name, by the environment's name."""
    return {
        target.environment.name: target
        for target in proveout_run.targets.values()
        if target.environment.system == request.param
    }


@pytest.fixture
def ceesar_environments(
    request: pytest.FixtureRequest, together: dict[str, "Target"], proveout_run: "Run"
) -> Iterator[dict[str, "Ceesar"]]:
    """Return CeesarCode in each of its environments, by name."""
    from contextlib import ExitStack  # noqa: PLC0415

    from proveout.access.ceesar import Ceesar  # noqa: PLC0415

    with ExitStack() as stack:
        yield {
            name: Ceesar(target, stack.enter_context(proveout_run.http(target, request.node)))
            for name, target in together.items()
        }


@pytest.fixture
def machine(target: "Target") -> "Machine":
    """Return the files and processes of the environment."""
    return _machine(target)


@pytest.fixture
def machines(together: dict[str, "Target"]) -> dict[str, "Machine"]:
    """Return the files and processes of each environment of a system, by name."""
    return {name: _machine(target) for name, target in together.items()}


@pytest.fixture
def configuration(machine: "Machine", environment: "Environment") -> dict[str, str]:
    """Return the keys and values of the environment's configuration file."""
    return machine.settings(environment.configuration.file)


@pytest.fixture
def logs(target: "Target", proveout_run: "Run") -> "Logs":
    """Return the log of the target."""
    from proveout.access.logs import Logs  # noqa: PLC0415

    if target.log is None:
        raise pytest.UsageError(f"{target.environment.id} has no log at hand")
    return Logs(target.log, proveout_run.catalogue.system_of(target.environment).logs)


@pytest.fixture
def port(environment: "Environment") -> int:
    """Return the declared port, which the target really listens on."""
    return environment.network.port


@pytest.fixture
def variant(
    request: pytest.FixtureRequest, target: "Target", proveout_run: "Run"
) -> Iterator[Callable[..., Any]]:
    """Return a function that starts a further copy of the environment with some variables changed.

    `variant(EXECUTION_TIMEOUT_SECONDS="2")` returns the system's access to it; all end with the check.
    """
    from proveout.plugin.variants import Variants  # noqa: PLC0415

    with Variants(target, proveout_run, request.node.name) as variants:
        yield variants.start


def _machine(target: "Target") -> "Machine":
    from proveout.access.machine import Machine  # noqa: PLC0415

    if target.root is None:
        raise pytest.UsageError(f"{target.environment.id} has no directory at hand")
    return Machine.local(target.root)
