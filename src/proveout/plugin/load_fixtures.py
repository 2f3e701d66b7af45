"""The fixtures of the load tier: what puts a target under load."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from proveout.plugin.loading import Load
    from proveout.plugin.run import Run


@pytest.fixture(scope="session")
def load(proveout_run: "Run") -> "Load":
    """Return what puts a target under load: `load(gaia)`, or `with load.beside(gaia, "rehearsal")`.

    What came of a profile is remembered, so that all checks of a run judge the same load.
    """
    from proveout.plugin.loading import Load  # noqa: PLC0415 - only checks of load pay for it

    return Load(proveout_run)
