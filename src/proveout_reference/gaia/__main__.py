"""`python -m proveout_reference.gaia`: serves the working directory's environment, or runs one command."""

import os
import sys

from proveout_reference.gaia.clock import Clock
from proveout_reference.gaia.settings import Settings, SettingsError, read_settings

CANNOT_LISTEN = 1
MISCONFIGURED = 2


def main() -> int:
    """The exit code.

    0 after an orderly end, 1 when it cannot listen or a command failed, 2 when the configuration is wrong,
    3 when the database is unusable, 4 when its schema is old, 5 when a command is refused here.
    """
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        for problem in error.problems:
            _complain(problem)
        return MISCONFIGURED
    name, *arguments = sys.argv[1:] or ["serve"]
    if name == "serve" and not arguments:
        return _serve(settings)
    return _manage(name, arguments, settings)


def _serve(settings: Settings) -> int:
    import asyncio  # noqa: PLC0415  what follows is loaded where it is needed: a command starts at once

    from proveout_reference.gaia.database.opening import StartRefusedError  # noqa: PLC0415
    from proveout_reference.gaia.http.listener import PortTakenError  # noqa: PLC0415
    from proveout_reference.gaia.server import serve  # noqa: PLC0415

    try:
        return asyncio.run(serve(settings, Clock()))
    except StartRefusedError as error:
        _complain(str(error))
        return error.code
    except PortTakenError as error:
        _complain(str(error))
    except OSError as error:
        _complain(f"cannot write its log: {error.strerror}")
    return CANNOT_LISTEN


def _manage(name: str, arguments: list[str], settings: Settings) -> int:
    from proveout_reference.gaia.management.commands import CommandError, run_command  # noqa: PLC0415

    try:
        done = run_command(name, arguments, settings, Clock())
    except CommandError as error:
        _complain(str(error))
        return error.code
    print(f"gaia: {done}")  # noqa: T201  a command's answer
    return 0


def _complain(sentence: str) -> None:
    print(f"gaia: {sentence}", file=sys.stderr)  # noqa: T201  said where a failed start is looked for


if __name__ == "__main__":
    sys.exit(main())
