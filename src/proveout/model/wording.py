"""Words for people: texts of strangers as they may be printed, and numbers with what they count."""


def plain(text: str, limit: int = 80) -> str:
    """Return the beginning of a text with control characters shown, at most `limit` characters and a mark."""
    shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text[: limit + 1])
    return shown if len(text) <= limit else f"{shown[:limit]}..."


def in_line(text: str, limit: int = 80) -> str:
    """Return the beginning of a text as `plain` does, on one line: white space of any kind is a space."""
    return plain(" ".join(text.split()), limit)


def plural(number: int, noun: str) -> str:
    """Return a noun as it stands behind a number: 0 slots, 1 slot, 2 slots."""
    return noun if number == 1 else f"{noun}s"


def counted(number: int, noun: str) -> str:
    """Write a number with what it counts: 0 slots, 1 slot, 2,000 slots."""
    return f"{number:,} {plural(number, noun)}"


def times(number: int) -> str:
    """Write how often something happened, as it stands behind the verb: once, 2 times."""
    return "once" if number == 1 else f"{number:,} times"


def were(number: int) -> str:
    """Return the verb that goes with so many."""
    return "was" if number == 1 else "were"
