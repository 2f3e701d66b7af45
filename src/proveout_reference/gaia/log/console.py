"""Console: log lines on the standard output."""

import sys
from contextlib import suppress

from proveout_reference.gaia.log.formats import Format
from proveout_reference.gaia.log.record import Record


class Console:
    """An output for the person who started the server."""

    def __init__(self, shape: Format) -> None:
        self._shape = shape

    def write(self, record: Record) -> None:
        """Writes one line at once; a reader that has gone away must not take the server with it."""
        with suppress(OSError, ValueError):
            sys.stdout.write(self._shape(record) + "\n")
            sys.stdout.flush()

    def close(self) -> None:
        """Leaves the standard output open: it is not ours."""
