"""A document that must be there and say something under each of its headings."""

import re

from proveout.gates.context import Context
from proveout.gates.line import Line
from proveout.model.gate import DocumentRule
from proveout.model.mistake import shown
from proveout.model.verdict import Word

LARGEST = 2**20


def document(rule: DocumentRule, context: Context) -> Line:
    """The file is there, is text, and has words under each heading."""
    file = context.system.directory / rule.file
    try:
        with file.open("rb") as stream:
            text = stream.read(LARGEST).decode("utf-8")
    except OSError as error:
        complaints = [f"{shown(file)} cannot be read: {error.strerror}"]
    except UnicodeDecodeError:
        complaints = [f"{shown(file)} is not text"]
    else:
        parts = _parts(text)
        complaints = [
            f'{shown(file)} says nothing under "{heading}"'
            for heading in rule.headings
            if not parts.get(heading.casefold(), "").strip()
        ]
    return Line.of(
        rule,
        Word.FAIL if complaints else Word.PASS,
        tuple(complaints),
        (f"write {shown(file)}",) if complaints else (),
    )


def _parts(text: str) -> dict[str, str]:
    """Return what stands under each heading of a Markdown text, comments left out."""
    parts: dict[str, str] = {}
    heading = ""
    for line in re.sub(r"<!--.*?(-->|\Z)", "", text, flags=re.DOTALL).splitlines():
        if match := re.fullmatch(r"#{1,6}\s+(.+?)\s*#*", line):
            heading = match[1].casefold()
        elif heading:
            parts[heading] = f"{parts.get(heading, '')}\n{line}"
    return parts
