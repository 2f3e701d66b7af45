"""Which bodies of a store were read and found right, so that unchanged ones are not read each time."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from proveout.evidence import folder as files
from proveout.evidence.malformed import Malformed

NAME = "seen"
SETTLED = 2_000_000_000  # ns; a file changed later than this ago may change again without another time
WORTH = 32  # so many bodies more are worth writing the file anew; fewer are read again
_FIRST = re.compile(r"index ([0-9]{1,12}) ([0-9]{1,12}) ([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True)
class Seen:
    """The beginning of an index whose entries were all found right, and the state of each body then.

    It only ever saves time: where anything in it is not as it is now, everything is read.
    """

    entries: int = 0
    length: int = 0
    sha256: str = ""
    states: frozenset[str] = field(default=frozenset(), repr=False)


def load(folder: Path) -> Seen:
    """Return what was seen, nothing if that is not known or not readable."""
    try:
        content = files.read(folder, NAME)
    except Malformed:
        return Seen()
    first, *states = (content or b"").decode("ascii", errors="replace").splitlines() or [""]
    match = _FIRST.fullmatch(first)
    if match is None or int(match[1]) != len(states):
        return Seen()
    return Seen(int(match[1]), int(match[2]), match[3], frozenset(states))


def keep(folder: Path, seen: Seen) -> None:
    """Write what was seen, where the folder can be written to.

    Written in place: half of it costs time only, and a reader that is killed leaves nothing stray.
    """
    lines = [f"index {seen.entries} {seen.length} {seen.sha256}", *sorted(seen.states)]
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(folder / NAME, flags, 0o644), "wb") as stream:
            stream.write("\n".join(lines).encode() + b"\n")
    except OSError:  # read-only, full: the bodies are read again next time
        return


def state(name: str, found: os.stat_result) -> str:
    """Return what is remembered of a file; the time of its last change cannot be set back by who edits it."""
    return f"{name} {found.st_size} {found.st_ctime_ns} {found.st_ino}"


def changed(state: str) -> int:
    """Return when the file of a state was last changed."""
    return int(state.rsplit(" ", 2)[1])


def name_of(state: str) -> str:
    """Return the name of the file of a state."""
    return state.rsplit(" ", 3)[0]
