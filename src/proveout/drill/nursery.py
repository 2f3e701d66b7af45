"""The nursery of a drill: what every run of pytest imports is imported once, runs are forked from there."""

import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path

PRELOADED = [
    "pytest",
    "testinfra",
    "testinfra.backend.local",
    "prometheus_client.parser",
    *(
        f"proveout.{room}"
        for room in (
            "access.ceesar",
            "access.database",
            "access.gaia",
            "access.logs",
            "access.metrics",
            "plugin.access_fixtures",
            "plugin.reporting",
            "plugin.run",
            "plugin.selection",
            "plugin.targets",
        )
    ),
]


class Nursery:
    """Starts runs of pytest as processes that share nothing but what was imported before they began.

    A drill starts pytest hundreds of times, and most of what that takes are imports. Every run is a process
    of its own all the same: forked, with its own directory, variables, output and session.
    """

    def __init__(self) -> None:
        self._context: ForkServerContext = get_context("forkserver")
        self._context.set_forkserver_preload(PRELOADED)

    def run(
        self, words: list[str], *, folder: Path, variables: Mapping[str, str], output: Path, within: float
    ) -> int:
        """Run pytest with these words in a folder; return its exit code, and leave what it says in a file.

        Raises:
            TimeoutError: it does not end within so many seconds; it was killed.
        """
        output.write_bytes(b"")
        arguments = (words, str(folder), dict(variables), str(output))
        process = self._context.Process(target=_pytest, args=arguments)
        process.start()
        process.join(within)
        if process.exitcode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid or 0, signal.SIGKILL)
            process.join()
            raise TimeoutError(f"pytest {' '.join(words)} did not end within {within:g} s")
        return process.exitcode


def _pytest(words: list[str], folder: str, variables: dict[str, str], output: str) -> None:
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    with Path(os.devnull).open("rb") as nothing, Path(output).open("wb") as stream:
        os.dup2(nothing.fileno(), 0)
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - it stays as long as the process
    import pytest  # noqa: PLC0415 - it is here already; the drill itself does without

    code = pytest.main(words)
    sys.stdout.flush()
    sys.exit(int(code))
