"""The table "environment" of a report: `environment.properties`, keys and values as Java writes them."""

from collections.abc import Mapping


def written(rows: Mapping[str, str]) -> str:
    """Return the rows as lines of a properties file."""
    return "".join(f"{_key(key)} = {_escaped(value)}\n" for key, value in rows.items())


def _escaped(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")
    return f"\\{escaped}" if escaped[:1] in {" ", "#", "!"} else escaped


def _key(text: str) -> str:
    escaped = _escaped(text)
    for mark in (" ", "=", ":"):
        escaped = escaped.replace(mark, f"\\{mark}")
    return escaped
