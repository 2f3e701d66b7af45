"""The fixtures that bind a check to environments: a system in one of them, or in all of them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from proveout.plugin.figures import FIGURES

if TYPE_CHECKING:
    from proveout.access.ceesar import Ceesar
    from proveout.access.gaia import Gaia
    from proveout.access.http import Http
    from proveout.model.environment import Environment
    from proveout.model.system import System
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
def figures(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return where a check writes what it measured; it stands beside its ending in the evidence."""
    check: pytest.Item = request.node
    return check.stash.setdefault(FIGURES, {})


@pytest.fixture
def environment(request: pytest.FixtureRequest, proveout_run: "Run") -> "Environment":
    """Return the definition of the environment that is being verified."""
    return proveout_run.catalogue.environments[request.param]


@pytest.fixture
def target(environment: "Environment", proveout_run: "Run") -> "Target":
    """Return where the environment answers."""
    return proveout_run.targets[environment.id]


@pytest.fixture
def system(environment: "Environment", proveout_run: "Run") -> "System":
    """Return the definition of the system that the environment belongs to."""
    return proveout_run.catalogue.system_of(environment)


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
    from proveout.access.ceesar import Ceesar  # noqa: PLC0415

    with _in_each(together, proveout_run, request.node) as https:
        yield {name: Ceesar(together[name], http) for name, http in https.items()}


@pytest.fixture
def gaia(request: pytest.FixtureRequest, target: "Target", proveout_run: "Run") -> Iterator["Gaia"]:
    """Return GAIA_GO in the environment that is being verified."""
    from proveout.access.gaia import Gaia  # noqa: PLC0415 - only checks of this system pay for it

    with proveout_run.http(target, request.node) as http:
        yield Gaia(target, http)


@pytest.fixture
def gaia_environments(
    request: pytest.FixtureRequest, together: dict[str, "Target"], proveout_run: "Run"
) -> Iterator[dict[str, "Gaia"]]:
    """Return GAIA_GO in each of its environments, by name."""
    from proveout.access.gaia import Gaia  # noqa: PLC0415

    with _in_each(together, proveout_run, request.node) as https:
        yield {name: Gaia(together[name], http) for name, http in https.items()}


@contextmanager
def _in_each(together: dict[str, "Target"], run: "Run", check: pytest.Item) -> Iterator[dict[str, "Http"]]:
    """Give access to all the targets at once, guarded as the check is marked."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(run.http(target, check)) for name, target in together.items()}
