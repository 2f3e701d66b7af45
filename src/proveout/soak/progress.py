"""Tells how a soak is getting on: one line that moves on a terminal, a dated line now and then elsewhere."""

import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, TaskID, TextColumn
from rich.progress import Progress as Bar
from rich.table import Column

from proveout.load.ledger import Ledger
from proveout.model.wording import counted, plain
from proveout.soak import unit
from proveout.soak.standing import Standing, standing

OFTEN = 1.0  # seconds between two looks; a ledger tells of itself several times a second
SELDOM = 300.0  # seconds between two lines where nobody watches
PARTS = 20  # lines of a whole soak, if that is sooner
LEAST = 10.0


class Progress:
    """Takes a ledger as often as it comes; `tell` is what a course wants.

    On a terminal a bar moves, unless the variable CI is set; else a line is written every few minutes, and at
    once for each finding. `clock` gives seconds that only grow.
    """

    def __init__(
        self,
        console: Console | None = None,
        surroundings: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = console or Console(highlight=False)
        self._quiet = not self._console.is_terminal or bool(surroundings.get("CI"))
        self._clock = clock
        self._looked = self._told = -SELDOM
        self._seen: set[str] | None = None
        self._last: tuple[Ledger, str] | None = None
        self._bar = self._made()
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        """Begin to show, on a line of its own: pytest's is half written."""
        self._console.print()
        if not self._quiet:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._quiet:
            if self._last and self._last[1]:
                self._line(self._last[0], self._last[1])
        else:
            self._bar.stop()

    def tell(self, ledger: Ledger) -> None:
        """Show how a ledger stands, if there is something new and the last time is a while ago."""
        now = self._clock()
        self._tell_findings(ledger)
        if now - self._looked < OFTEN and ledger.valid < ledger.head.duration:
            return
        self._looked = now
        stands = standing(ledger)
        if not self._quiet:
            self._show(ledger, stands)
            return
        every = max(min(SELDOM, ledger.head.duration / PARTS), LEAST)
        self._last = ledger, stands.text
        if now - self._told >= every:
            self._told = now
            self._line(ledger, stands.text)
            self._last = ledger, ""  # it is said

    def _tell_findings(self, ledger: Ledger) -> None:
        known = self._seen
        self._seen = {finding.model_dump_json() for finding in ledger.findings}
        if known is None:  # of a run before, if this one goes on with it
            if self._seen:
                self._line(ledger, f"{counted(len(self._seen), 'finding')} so far, see: proveout soak status")
            return
        for finding in ledger.findings:
            if finding.model_dump_json() not in known:
                self._line(ledger, f"{finding.kind}: {finding.text}", finding.at)

    def _line(self, ledger: Ledger, text: str, at: float | None = None) -> None:
        when = datetime.now(UTC) if at is None else datetime.fromtimestamp(at, UTC)
        said = plain(" ".join(text.split()), 400)
        where = self._console if self._quiet else self._bar.console
        where.print(
            f"{when:%Y-%m-%d %H:%M:%S} UTC  {ledger.head.environment}  {said}", markup=False, soft_wrap=True
        )

    def _show(self, ledger: Ledger, stands: Standing) -> None:
        worst = stands.worst
        latency = escape(f"p99 {worst.name} {worst.text}") if worst else ""
        parts = [
            f"{unit.span(stands.valid)} of {unit.span(stands.duration)}",
            "a pause" if stands.idle else f"{stands.rate:.3g}/s",
            latency if worst is None or worst.within else f"[bold red]{latency}, over budget[/]",
            f"{stands.failed:,} failed, {unit.share(stands.burnt)} of the error budget",
        ]
        text = ", ".join(part for part in parts if part)
        if self._task is None:
            name = escape(ledger.head.environment)
            self._task = self._bar.add_task(name, total=ledger.head.duration, text=text)
        self._bar.update(self._task, completed=min(stands.valid, stands.duration), text=text, refresh=True)

    def _made(self) -> Bar:
        return Bar(
            TextColumn("{task.description}"),
            BarColumn(bar_width=16),
            TextColumn("{task.fields[text]}", table_column=Column(no_wrap=True, overflow="ellipsis")),
            console=self._console,
            auto_refresh=False,
        )
