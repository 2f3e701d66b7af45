"""Keeps the secrets that were handed to a copy out of everything a run says and leaves."""

import base64
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

from proveout.model.environment import Environment

MASK = "[secret]"
SHORTEST = 8  # a shorter value would be found in every other word
CHUNK = 2**20


@dataclass(frozen=True)
class Redaction:
    """The secrets of a run by the name of their variable, in every form they might be written in."""

    forms: dict[bytes, str]

    @classmethod
    def of(cls, environments: Iterable[Environment]) -> "Redaction":
        """Return the secrets that the definitions hand on from this process's environment."""
        names = {name for e in environments if e.start for name in e.start.secrets}
        values = {name: os.environ.get(name, "") for name in names}
        return cls(
            {form: n for n, value in values.items() if len(value) >= SHORTEST for form in _forms(value)}
        )

    def clean(self, text: str) -> str:
        """Return the text with every secret masked."""
        for form in self.forms:
            text = text.replace(form.decode("utf-8", "surrogateescape"), MASK)
        return text

    def remove_leaks(self, folder: Path) -> list[str]:
        """Remove every file below `folder` that holds a secret; return a sentence about each."""
        found = []
        for file in sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()):
            if self.forms and (name := self._leak(file)):
                file.unlink()
                found.append(f"{file.relative_to(folder)} held the value of {name} and was removed")
        return found

    def found_in(self, content: bytes) -> str | None:
        """Return the name of a secret that the content holds, if it holds any."""
        return next((name for form, name in self.forms.items() if form in content), None)

    def _leak(self, file: Path) -> str | None:
        overlap = max(len(form) for form in self.forms)
        end = b""
        with file.open("rb") as stream:
            while part := stream.read(CHUNK):
                text = end + part
                for form, name in self.forms.items():
                    if form in text:
                        return name
                end = text[-overlap:]
        return None


def _forms(value: str) -> set[bytes]:
    """Return a value as it is, in JSON, URL-encoded, in hex, and in base64 at each of three alignments."""
    raw = value.encode()
    forms = {raw, quote(value, safe="").encode(), quote_plus(value).encode(), raw.hex().encode()}
    forms |= {json.dumps(value, ensure_ascii=ascii_only)[1:-1].encode() for ascii_only in (True, False)}
    for shift in range(3):
        # Only the characters that do not depend on what stands before and after the value.
        encoded = base64.b64encode(b"\0" * shift + raw)
        forms.add(encoded[(0, 2, 3)[shift] : len(encoded) - 4])
    return {form for form in forms if len(form) >= SHORTEST}
