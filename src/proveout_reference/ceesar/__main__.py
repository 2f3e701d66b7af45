"""`python -m proveout_reference.ceesar`: serves the working directory's data until told to stop."""

import asyncio
import os
import sys

from proveout_reference.ceesar.server import PortTakenError, serve
from proveout_reference.ceesar.settings import SettingsError, read_settings


def main() -> int:
    """Exit code: 0 after an orderly stop, 1 when it cannot listen, 2 when the configuration is wrong."""
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        for problem in error.problems:
            print(f"ceesar: {problem}", file=sys.stderr)  # noqa: T201  no log level is known yet
        return 2
    try:
        return asyncio.run(serve(settings))
    except PortTakenError as error:
        print(f"ceesar: {error}", file=sys.stderr)  # noqa: T201  said where a failed start is looked for
        return 1


if __name__ == "__main__":
    sys.exit(main())
