"""Gives signals back their meaning: a shell that starts tests in the background takes it from all of them."""

import signal
from types import FrameType


def _unmoved(number: int, frame: FrameType | None) -> None:
    """Do nothing, as if it were ignored; but what is started from here does not inherit this."""


# What is ignored stays so in every process that is started from here, and a test that interrupts one waits
# for ever.
for interrupt in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(interrupt) is signal.SIG_IGN:
        signal.signal(interrupt, _unmoved)
