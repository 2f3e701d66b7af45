"""What stands around a run of a drill: a target that is live already, and tmux sessions beside it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from proveout.catalogue.catalogue import load
from proveout.drill.fault import Fault, Sessions
from proveout.model.mistake import UserError
from proveout.model.system import System
from proveout.providers import reaper
from proveout.providers.process import NotReady, start

LIFE = 600  # seconds after which a session ends by itself


@contextmanager
def live(derived: Path, system: System, fault: Fault, folder: Path) -> Iterator[list[str]]:
    """Start the harmed environment, and give the options by which a run finds it as a live one."""
    environment = load(derived).systems[system.name].environments[fault.environment]
    try:
        copy = start(environment, system, folder / "live", records=folder)
    except NotReady as error:
        raise UserError(f"{fault.id}: the live target does not start: {error}") from None
    try:
        yield [
            f"--env-url={environment.id}={copy.target.url}",
            f"--env-root={environment.id}={copy.target.root}",
        ]
    finally:
        copy.stop()


@contextmanager
def sessions(wanted: Sessions, folder: Path) -> Iterator[dict[str, str]]:
    """Start a tmux server of our own with these sessions, and give the variable by which it is found."""
    place = tempfile.mkdtemp(prefix="proveout-")  # short: the path of a socket has 107 characters
    record = reaper.record(folder, "tmux")
    variables = {**os.environ, "TMUX_TMPDIR": place, reaper.TOKEN_VARIABLE: record.token}
    variables.pop("TMUX", None)
    names = [*wanted.named, *(f"session-{n}" for n in range(wanted.count - len(wanted.named)))]
    try:
        for name in names:
            words = ["tmux", "-f", os.devnull, "new-session", "-d", "-s", name, f"exec sleep {LIFE}"]
            try:
                subprocess.run(words, env=variables, check=True, capture_output=True, timeout=20)  # noqa: S603
            except FileNotFoundError:
                raise UserError("tmux is not installed\nnext: apt-get install tmux") from None
        yield {"TMUX_TMPDIR": place, "TMUX": ""}
    finally:
        reaper.end(record, within=2.0)
        reaper.forget(folder, record)
        shutil.rmtree(place, ignore_errors=True)
