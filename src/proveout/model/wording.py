"""Texts of strangers as they may be printed: a server must not write on our terminal."""


def plain(text: str, limit: int = 80) -> str:
    """Return the beginning of a text with control characters shown, at most `limit` characters and a mark."""
    shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text[: limit + 1])
    return shown if len(text) <= limit else f"{shown[:limit]}..."


def in_line(text: str, limit: int = 80) -> str:
    """Return the beginning of a text as `plain` does, on one line: white space of any kind is a space."""
    return plain(" ".join(text.split()), limit)
