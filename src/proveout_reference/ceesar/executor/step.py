"""Step: one program to be started, as jail and container take it."""

from dataclasses import dataclass
from pathlib import Path

from proveout_reference.ceesar.executor.outcome import Limits


@dataclass(frozen=True, slots=True)
class Step:
    """What to start, where, with which input and within which limits."""

    argv: list[str]
    workdir: Path
    slot: int
    limits: Limits
    input: bytes = b""
    merge: bool = False  # stderr into stdout, in the order written
    reserves: bool = False
    processes: int = 64
