"""Copies of a decision for people and pipelines, beside the reports of runs; the record is in the store."""

import json
import secrets
from pathlib import Path

from proveout.gates import summary
from proveout.gates.decision import Decision
from proveout.model.files import write_json, write_text


def write_copies(decision: Decision, record: Path | None, lines: list[str], reports: Path) -> Path:
    """Write the summary as JSON, its text, and its envelope if it is signed; return their folder.

    Raises:
        OSError: they cannot be written.
    """
    when = f"{decision.decided:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    folder = reports / f"gate-{decision.gate.replace('/', '-')}-{when}"
    write_json(folder / "decision.json", summary.statement(decision))
    write_text(folder / "decision.txt", "\n".join(lines) + "\n")
    if record is not None:
        body = record.read_text(encoding="utf-8")
        if "payload" in json.loads(body):
            write_text(folder / "decision.dsse.json", body)
    return folder
