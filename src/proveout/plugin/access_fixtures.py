"""The fixtures that give access to more than HTTP: the machine, its files and logs, metrics, a browser."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from proveout.access.browser import Browser
    from proveout.access.database import Database
    from proveout.access.logs import Logs
    from proveout.access.machine import Machine
    from proveout.access.metrics import Metrics
    from proveout.access.source import Source
    from proveout.model.environment import Environment
    from proveout.plugin.run import Run
    from proveout.providers.target import Target

# What a fixture gives access to is imported where it is used: most runs need only some of it.


@pytest.fixture
def machine(target: "Target", proveout_run: "Run") -> "Machine":
    """Return the files and processes of the environment."""
    return proveout_run.machine(target)


@pytest.fixture
def machines(together: dict[str, "Target"], proveout_run: "Run") -> dict[str, "Machine"]:
    """Return the files and processes of each environment of a system, by name."""
    return {name: proveout_run.machine(target) for name, target in together.items()}


@pytest.fixture
def configuration(machine: "Machine", environment: "Environment") -> dict[str, str]:
    """Return the keys and values of the environment's configuration file."""
    return machine.settings(environment.configuration.file)


@pytest.fixture
def configurations(
    machines: dict[str, "Machine"], together: dict[str, "Target"]
) -> dict[str, dict[str, str]]:
    """Return the keys and values of the configuration file of each environment, by name."""
    return {
        name: machine.settings(together[name].environment.configuration.file)
        for name, machine in machines.items()
    }


@pytest.fixture
def logs(target: "Target", proveout_run: "Run") -> "Logs":
    """Return the log of the target."""
    from proveout.plugin.windows import logs_of  # noqa: PLC0415

    logs = logs_of(proveout_run, target)
    if logs is None:
        raise pytest.UsageError(f"{target.environment.id} has no log at hand")
    return logs


@pytest.fixture
def metrics(request: pytest.FixtureRequest, target: "Target", proveout_run: "Run") -> Iterator["Metrics"]:
    """Return the metrics of the target, at the listener of their own."""
    from proveout.access.metrics import Metrics  # noqa: PLC0415

    with proveout_run.http(target, request.node, port="metrics_port") as http:
        yield Metrics(http)


@pytest.fixture
def database(machine: "Machine", environment: "Environment") -> "Database":
    """Return the database of the environment, for reading only."""
    from proveout.access.database import Database  # noqa: PLC0415
    from proveout.model.gaia import GaiaEnvironment  # noqa: PLC0415

    if not isinstance(environment, GaiaEnvironment):
        raise pytest.UsageError(f"{environment.id} declares no database")
    return Database(machine, environment.database.file)


@pytest.fixture
def source(target: "Target", proveout_run: "Run") -> "Source":
    """Return the delivery files of the system."""
    from proveout.access.source import Source  # noqa: PLC0415

    delivery = proveout_run.catalogue.system_of(target.environment).delivery
    if target.source is None or delivery is None:
        raise pytest.UsageError(f"{target.environment.id}: system.toml has no [delivery]")
    return Source(target.source, dockerfile=delivery.dockerfile, workflow=delivery.workflow)


@pytest.fixture
def browser(request: pytest.FixtureRequest, target: "Target", proveout_run: "Run") -> Iterator["Browser"]:
    """Return a real browser that visits the target."""
    from proveout.access.browser import Browser  # noqa: PLC0415

    pictures = proveout_run.folder_of(target.environment) / "browser"
    failures = request.session.testsfailed
    with proveout_run.http(target, request.node):  # as guarded as every other access
        visitor = Browser(target, proveout_run.guard(target), folder=pictures, name=request.node.name)
        yield visitor
        visitor.close(failed=request.session.testsfailed > failures)


@pytest.fixture
def sessions(machine: "Machine") -> list[str]:
    """Return the names of the tmux sessions of the machine."""
    return machine.sessions()


@pytest.fixture
def port(environment: "Environment") -> int:
    """Return the declared port, which the target really listens on."""
    return environment.network.port


@pytest.fixture
def ports(together: dict[str, "Target"]) -> dict[str, dict[str, int]]:
    """Return the ports that each environment really listens on, which are the declared ones, by name."""
    return {name: target.ports for name, target in together.items()}


@pytest.fixture
def started(environment: "Environment", proveout_run: "Run") -> "Target":
    """Return the copy that the start command brought up.

    Raises:
        Wrong: it did not come up.
    """
    from proveout.access.answer import Wrong  # noqa: PLC0415

    __tracebackhide__ = True
    if trouble := proveout_run.blocked.get(environment.id):
        raise Wrong(trouble.reason)
    return proveout_run.targets[environment.id]


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
