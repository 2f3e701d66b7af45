"""The pytest plugin: silent without `--env` or `--gate`; light to import, since every pytest run loads it."""

import pytest

from proveout.plugin.options import add_options

MARKERS = (
    "smoke: is it up, and is it the right one",
    "regression: it obeys its configuration",
    "integration: what shows between environments and over time",
    "load: it keeps its budgets under a steady load",
    "soak: it keeps them for a day; runs only when -m names it",
    "reads: the check leaves nothing behind and may run on a live environment",
    "writes: the check leaves data or load behind, and removes what it can",
    "disrupts: the check stops or breaks something; an unmarked check counts as one",
    "exclusive: the check runs while no other does",
    "verifies(claim, ...): the claims of claims.toml that the check verifies",
    "serves(claim, ...): the rules the check works for; the gate decides them",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that choose environments and how they are obtained."""
    add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """With `--gate`, start the runs that the gate asks for instead of running here."""
    option = config.option
    if not (option.gate or option.rehearse or option.explain) or option.help or option.version:
        return None
    from proveout.plugin.gate import run_gate  # noqa: PLC0415 - most runs are no gate

    return run_gate(config)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the markers and fixtures; with `--env`, the run itself."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    from proveout.plugin import (  # noqa: PLC0415 - once pytest is configured
        access_fixtures,
        fixtures,
        load_fixtures,
        soak_fixtures,
    )

    config.pluginmanager.register(fixtures, "proveout-fixtures")
    config.pluginmanager.register(access_fixtures, "proveout-access-fixtures")
    config.pluginmanager.register(load_fixtures, "proveout-load-fixtures")
    config.pluginmanager.register(soak_fixtures, "proveout-soak-fixtures")
    if config.option.env:
        from proveout.plugin.run import configure  # noqa: PLC0415 - silent and cheap without --env

        configure(config)
    else:
        from proveout.plugin.silent import Silent  # noqa: PLC0415 - see above

        config.pluginmanager.register(Silent(config), "proveout-silent")
