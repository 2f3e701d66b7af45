"""The log of a target: what it said at its start, and what it says while it is asked something."""

import re
from collections.abc import Callable
from pathlib import Path

from proveout.access.answer import Wrong
from proveout.access.log_file import LocalFile, LogFile
from proveout.model.system import LogForm
from proveout.model.wording import plain
from proveout.providers.readiness import GaveUp, NotYet, probe

STARTUP_LINES = 200
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Logs:
    """Reads at most 4 MiB at a time, so that a log of any size is bounded work."""

    def __init__(self, stored: LogFile | Path, form: LogForm) -> None:
        self.stored: LogFile = LocalFile(stored) if isinstance(stored, Path) else stored
        self.form = form

    def startup(self) -> list[str]:
        """Return the first lines of the log.

        Raises:
            Wrong: the log is missing or empty.
        """
        __tracebackhide__ = True
        lines = self._read(0)[:STARTUP_LINES]
        if not lines:
            raise Wrong(f"the log {self.stored} is empty: it says nothing about its start")
        return lines

    def startup_says(self, setting: str, value: str) -> bool:
        """Return whether the start-up log states the value of a setting.

        Raises:
            Wrong: it does not; the text shows what it says of that setting instead.
        """
        __tracebackhide__ = True
        pattern = self.form.startup[setting]
        lines = self.startup()
        if any(
            re.search(pattern.replace("{value}", re.escape(value)), line, re.IGNORECASE) for line in lines
        ):
            return True
        other = re.compile(
            pattern.replace("{value}", r"(?P<said>[^\s\",;]*)", 1).replace("{value}", r"[^\s\",;]*"),
            re.IGNORECASE,
        )
        found = {match["said"] for line in lines for match in other.finditer(line) if match["said"]}
        said = sorted(map(plain, found))[:5]
        instead = f"it says {', '.join(said)}" if said else "it says nothing of it"
        raise Wrong(
            f"the start-up log does not say that {setting} is {value}; {instead} (look at {self.stored})"
        )

    def level(self, line: str) -> str | None:
        """Return the level a line was written at, in the words of the definition, or None."""
        match = re.search(self.form.level, COLOURS.sub("", line))
        if match is None:
            return None
        word = next(group for group in match.groups() if group).lower()
        return {"warning": "warn", "trace": "debug"}.get(word, word)

    def is_talkative(self, level: str) -> bool:
        """Return whether a request that goes well is reason enough to write a line at this level."""
        return self.form.levels.index(level) <= self.form.levels.index(self.form.request_level)

    def from_level(self, level: str) -> set[str]:
        """Return the level and those more silent than it."""
        return set(self.form.levels[self.form.levels.index(level) :])

    def below(self, level: str, lines: list[str]) -> list[str]:
        """Return the lines written at a more talkative level than `level`."""
        order = self.form.levels
        talkative = set(order[: order.index(level)])
        return [line for line in lines if self.level(line) in talkative]

    def written_during(self, deed: Callable[[], object], *, until: Callable[[list[str]], bool]) -> list[str]:
        """Return the lines written while and shortly after `deed` was done.

        Waits until `until` is content with them, at most 2 s: a server may write after it answers.
        """
        before = self.stored.size()
        deed()
        lines: list[str] = []

        def written() -> None:
            lines[:] = self._read(before)
            if not until(lines):
                raise NotYet("the log does not say it yet")

        try:
            probe(written, within=2.0)
        except GaveUp:
            return lines
        return lines

    def _read(self, offset: int) -> list[str]:
        __tracebackhide__ = True
        return self.stored.read(offset).decode("utf-8", "replace").splitlines()
