"""The fixture of the soak tier; light to import, because every run of pytest does."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from proveout.plugin.run import Run
    from proveout.plugin.soak import Soak, Soaks
    from proveout.providers.target import Target


@pytest.fixture
def soak(target: "Target", proveout_run: "Run", figures: dict[str, Any]) -> "Soak":
    """Return the soak of the environment, once it has come to its end or to a checkpoint."""
    from proveout.plugin.soak import Soak  # noqa: PLC0415 - only a soak needs it

    soaks: Soaks | None = proveout_run.config.pluginmanager.get_plugin("proveout-soaks")
    if soaks is None:
        raise RuntimeError("the soaks of the run are not registered")
    return Soak(soaks.soaked(target), figures, soaks.telling(target.environment.id))
