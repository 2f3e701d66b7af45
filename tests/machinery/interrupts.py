"""Gives Ctrl-C back its meaning: a shell that starts tests in the background takes it from all of them."""

import signal

# What is ignored stays so in every process that is started from here, and a test that interrupts one waits
# for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
