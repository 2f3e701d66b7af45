"""Outcome: how one execution ended, and the sentence that says so."""

import signal
from dataclasses import dataclass

# What runtimes print when the kernel gives them no more memory.
_MEMORY_WORDS = (
    b"MemoryError",
    b"std::bad_alloc",
    b"java.lang.OutOfMemoryError",
    b"JavaScript heap out of memory",
    b"Cannot allocate memory",
    b"memory allocation of",
    b"failed to allocate memory",
    b"out of memory",
)


class ExecutionFailedError(Exception):
    """The executor could not start a program: a fault of the server, not of the program."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one execution may use: seconds of time, MB of memory, bytes of output, number of processes."""

    seconds: float
    memory_mb: int
    output: int = 256 * 1024
    file_size: int = 64 * 1024 * 1024
    open_files: int = 256


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one execution; `reason` names the limit that stopped it, empty when none did."""

    stdout: bytes
    stderr: bytes
    reason: str = ""
    exit_code: int | None = None
    signal: int | None = None
    seconds: float = 0.0
    peak: int = 0  # bytes of memory

    @property
    def succeeded(self) -> bool:
        """Whether the program ended by itself with exit code 0."""
        return not self.reason and self.exit_code == 0


def broken_limit(outcome: Outcome) -> str:
    """The limit that ended the program, also when it ended itself because it got no more memory."""
    if outcome.reason or outcome.succeeded:
        return outcome.reason
    last_words = (outcome.stderr or outcome.stdout)[-4000:]
    return "memory" if any(word in last_words for word in _MEMORY_WORDS) else ""


def describe(outcome: Outcome, limits: Limits, processes: int) -> str:
    """One sentence on why the program did not succeed, empty when it did."""
    if outcome.succeeded:
        return ""
    sentences = {
        "timeout": f"execution timed out after {limits.seconds:g} s",
        "memory": f"memory limit of {limits.memory_mb} MB exceeded",
        "processes": f"process limit of {processes} exceeded",
        "output": f"output limit of {limits.output // 1024} KiB exceeded",
    }
    limit = broken_limit(outcome)
    if limit in sentences:
        return sentences[limit]
    if outcome.signal is not None:
        return f"the program was ended by signal {outcome.signal} ({_signal_name(outcome.signal)})"
    return f"the program ended with exit code {outcome.exit_code}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
