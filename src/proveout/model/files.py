"""Writes files so that nobody ever sees half of one."""

import json
import os
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Write to a temporary file beside `path`, fsync, rename; creates the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        # Half a surrogate pair, which JSON can carry, is written as its escape instead of failing.
        with temporary.open("w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, content: object) -> None:
    """Write indented JSON with a final newline, whole or not at all."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
