"""Fixes: what the server may mend by itself, without touching what people wrote."""

from collections.abc import Callable

from proveout_reference.gaia.database.database import Database
from proveout_reference.gaia.database.housekeeping import Housekeeping
from proveout_reference.gaia.improvement.analysis import Finding


class Fixes:
    """Tunes the database every time; an aggressive server also analyses and shortens it every time."""

    def __init__(self, database: Database, housekeeping: Housekeeping, *, aggressive: bool) -> None:
        self._database = database
        self._housekeeping = housekeeping
        self._aggressive = aggressive
        self._by_kind: dict[str, Callable[[], object]] = {
            "large-journal": lambda: database.maintain("PRAGMA wal_checkpoint(PASSIVE)"),
            "free-pages": lambda: database.maintain("PRAGMA optimize"),
            "slow-route": lambda: database.maintain("ANALYZE"),
        }

    def apply(self, findings: list[Finding]) -> tuple[list[str], set[str]]:
        """What was done, and the kinds of finding it was done for. Raises UnavailableError."""
        self._database.maintain("PRAGMA optimize")
        done = ["optimized the database"]
        removed = self._housekeeping.cycle()
        if removed:
            done.append(f"removed {removed} old rows")
        if self._aggressive:
            self._database.maintain("ANALYZE")
            self._database.maintain("PRAGMA wal_checkpoint(PASSIVE)")
            done.append("analysed its tables and wrote its journal back")
        mended: set[str] = set()
        for kind in sorted({finding.kind for finding in findings} & set(self._by_kind)):
            self._by_kind[kind]()
            done.append(f"mended {kind}")
            mended.add(kind)
        return done, mended
