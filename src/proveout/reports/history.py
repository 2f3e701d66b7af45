"""What earlier reports said: one line of JSON a report, in the order of the runs they are about."""

import json
from dataclasses import dataclass
from pathlib import Path

from proveout.model.files import write_text

LIMIT = 50  # reports; a line has about 1 KB for every ten results


@dataclass(frozen=True)
class History:
    """The lines of a history by run, the last word of a report's title; damaged lines are only counted."""

    lines: dict[str, str]
    damaged: int = 0

    @classmethod
    def read(cls, file: Path) -> "History":
        """Return the history in a file; an absent file is an empty one."""
        lines: dict[str, str] = {}
        damaged = 0
        text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
        for line in filter(str.strip, text.splitlines()):
            try:
                content = json.loads(line)
                run = str(content["name"]).split()[-1]
                known = isinstance(content["testResults"], dict)
            except (ValueError, KeyError, TypeError, IndexError, RecursionError):
                run, known = "", False
            if known:
                lines[run] = line
            else:
                damaged += 1
        return cls(lines, damaged)

    def before(self, run: str) -> "History":
        """Return what was known when this run began; a report made again forgets its first making."""
        return History({name: line for name, line in self.lines.items() if name < run})

    def merged(self, other: "History") -> "History":
        """Return both, the newest runs only; for the same run the other history wins."""
        both = {**self.lines, **other.lines}
        return History({name: both[name] for name in sorted(both)[-LIMIT:]})

    def write(self, file: Path) -> None:
        """Write the history, whole or not at all."""
        write_text(file, "".join(f"{self.lines[name]}\n" for name in sorted(self.lines)))
