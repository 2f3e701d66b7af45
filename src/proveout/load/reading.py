"""Reads a ledger while it grows: each line once, in bounded memory, all workers merged."""

from pathlib import Path

from proveout.load.ledger import Ledger


class Reader:
    """Follows the ledger of a folder; `refresh` reads only what was added since the last time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def refresh(self) -> Ledger:
        """Return what the ledger says by now.

        Raises:
            LedgerError: it is no ledger, contradicts itself, or is torn elsewhere than in a last line.
        """
        raise NotImplementedError


def read(folder: Path) -> Ledger:
    """Read a whole ledger.

    Raises:
        LedgerError: as `Reader.refresh`.
    """
    return Reader(folder).refresh()
