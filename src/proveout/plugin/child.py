"""Runs of pytest that a gate starts, one after the other, each a process of its own."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from proveout.evidence.store import Store
from proveout.gates.parts import Part
from proveout.model.verdict import ExitCode

# pytest was interrupted, broke, or was told something wrong: what follows would rest on a misunderstanding.
STOPPING = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR)
JUDGING = (ExitCode.PASS, ExitCode.FAIL, ExitCode.HOLD, ExitCode.REFUSED, pytest.ExitCode.NO_TESTS_COLLECTED)


class Stopped(Exception):
    """The gate does not decide; `code` is what to exit with."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code


class Children:
    """Starts runs in the directory of this one, and sees that each left its evidence."""

    def __init__(self, directory: Path, store: Store) -> None:
        self._directory = directory
        self._store = store
        self._asked_to_stop: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, words: list[str], part: Part, *, planning: bool) -> None:
        """Run a part to its end; whether it passed or failed, the gate will see.

        Raises:
            Stopped: it was told something wrong, was interrupted, died, or left no evidence.
        """
        before = self._store.snapshot().head
        # A group of its own: Ctrl-C reaches it once, through this process, and it can end its copies.
        with self._handing_on():
            self._process = subprocess.Popen(  # noqa: S603 - this very interpreter
                [sys.executable, "-m", "pytest", *words],
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                process_group=0,
            )
            if self._asked_to_stop is not None:
                self._process.send_signal(self._asked_to_stop)
            code = self._process.wait()
        said = f"pytest {' '.join(part.words)}"
        if self._asked_to_stop is not None:
            raise Stopped("interrupted", pytest.ExitCode.INTERRUPTED)
        if code in STOPPING:
            raise Stopped(f"{said} ended with exit code {code}", code)
        if code not in JUDGING:
            how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
            raise Stopped(f"{said} {how}, as no run does", pytest.ExitCode.INTERNAL_ERROR)
        missing = [] if planning else self._without_evidence(part, before)
        if missing:
            raise Stopped(f"{said} left no evidence of {', '.join(missing)} in the store", ExitCode.HOLD)

    def _without_evidence(self, part: Part, before: int) -> list[str]:
        """Return the environments that a run was about and left nothing of: it was not what it seems."""
        found = set()
        for entry in self._store.snapshot().newest_first():
            if entry.number <= before:
                break
            if entry.kind == "run":
                found.add(entry.facts.get("environment"))
        return [environment for environment in part.about if environment not in found]

    @contextmanager
    def _handing_on(self) -> Iterator[None]:
        """Hand signals on to the run, which ends what it started, and wait for it."""

        def hand_on(number: int, _frame: FrameType | None) -> None:
            self._asked_to_stop = signal.SIGINT if number == signal.SIGINT else signal.SIGTERM
            if self._process is not None:
                self._process.send_signal(self._asked_to_stop)

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, hand_on) for number in numbers}
        try:
            yield
        finally:
            self._process = None
            for number, handler in before.items():
                signal.signal(number, handler)
