"""Programs: the small Python sources that checks submit to an environment of CeesarCode."""

SLEEPING = "import time; begin = time.time(); time.sleep({seconds}); print(begin, time.time())"
ALLOCATING = "block = bytearray({size}); block[::4096] = b'x' * len(block[::4096]); print('allocated')"
BURNING = "import os; [os.fork() for _ in range(2)]\nwhile True: pass"
ENDLESS = "import time\nwhile True: time.sleep(0.1)"


def sleeping(seconds: float) -> str:
    """Return a program that sleeps, and prints when it began and ended, in seconds of the epoch."""
    return SLEEPING.format(seconds=seconds)


def allocating(size: int) -> str:
    """Return a program that takes so many bytes of memory, writes to all of them, and says so."""
    return ALLOCATING.format(size=size)


def burning() -> str:
    """Return a program that keeps several processors busy and never ends."""
    return BURNING


def endless() -> str:
    """Return a program that waits for ever and costs next to nothing meanwhile."""
    return ENDLESS
