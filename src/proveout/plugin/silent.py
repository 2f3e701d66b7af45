"""Without `--env` nothing is verified, so a check that needs a target is a mistake, not a pass."""

import pytest

BINDING = frozenset({"environment", "together"})


class Silent:
    """Stops a run whose checks need an environment that was not named."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Look for checks that need an environment.

        Raises:
            pytest.UsageError: there is one.
        """
        needing = [item for item in items if BINDING & set(getattr(item, "fixturenames", ()))]
        if needing and not self.config.option.collectonly:
            raise pytest.UsageError(
                f"{len(needing)} of {len(items)} checks need an environment\n"
                f"  the first is {needing[0].nodeid}\n"
                "next: name one, such as pytest --env=gamma -m smoke; proveout env list shows them"
            )

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Give the binding fixtures a value, so that such checks can be collected and named."""
        for name in BINDING & set(metafunc.fixturenames):
            metafunc.parametrize(name, ["none"], indirect=True)
