"""One run for all tests of the reports."""

import pytest

from machinery.reported import Made, everything


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a run in which everything happens that can happen to a check."""
    return everything(tmp_path_factory.mktemp("project"))
