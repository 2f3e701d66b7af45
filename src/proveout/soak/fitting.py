"""Which ledger can be gone on with: one that is not at its end and is about the very same."""

from pathlib import Path

from proveout.load.ledger import HEAD, LedgerError
from proveout.load.line import NEAR, Head
from proveout.load.reading import head_of, read
from proveout.model.mistake import shown

# What both must agree in, as a person calls it.
SAME = {
    "environment": "environment",
    "provenance": "kind of target",
    "version": "version of the target",
    "profile_name": "profile",
    "profile": "contents of the profile",
    "definition": "definition of the environment",
    "duration": "duration",
    "window": "length of a window",
    "sample": "time between samples",
}


def latest(folder: Path, head: Head) -> Path | None:
    """Return the newest ledger below a folder that is not at its end; None if there is none.

    Raises:
        LedgerError: it is about something else than `head`, or is damaged; the text names what differs.
    """
    found = [(head_of(path.parent), path.parent) for path in folder.glob(f"*/{HEAD}")]
    for known, path in sorted(found, key=lambda each: each[0].began, reverse=True):
        if read(path).position < known.duration - NEAR:
            refuse_other(path, known, head)
            return path
    return None


def refuse_other(folder: Path, known: Head, head: Head) -> None:
    """Refuse to go on with a ledger that is about something else; the id and the date may differ.

    A copy has another port each time; a live target has the same URL.

    Raises:
        LedgerError: it is; the text names what differs.
    """
    same = SAME | ({"url": "URL"} if head.provenance == "live" else {})
    differ = [
        f"{what} was {getattr(known, key)}, is {getattr(head, key)}"
        for key, what in same.items()
        if getattr(known, key) != getattr(head, key)
    ]
    if differ:
        raise LedgerError(
            f"{shown(folder)} cannot be gone on with: {'; '.join(differ)}\n"
            "next: begin anew without resuming, or restore what it was about"
        )
