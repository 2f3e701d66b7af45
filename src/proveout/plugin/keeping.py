"""Keeps the evidence of a run: in its folder, signed where there is a key, and in the store."""

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from proveout.evidence.malformed import Malformed
from proveout.evidence.reading import facts_of_run, read_run
from proveout.evidence.statement import Record, statement
from proveout.evidence.store import Moved, Store
from proveout.model.environment import Environment
from proveout.model.files import write_text
from proveout.model.mistake import UserError

if TYPE_CHECKING:
    from proveout.plugin.run import Run

PLAIN, SIGNED = "evidence.json", "evidence.dsse.json"


class NotStored(Exception):
    """The evidence is not in the store; the text says why."""


def write_evidence(run: "Run", record: Record) -> None:
    """Write the statement about one environment, and with a key its envelope."""
    content = statement(record, run.config.rootpath)
    text = run.redaction.clean(json.dumps(content, indent=2, ensure_ascii=False)) + "\n"
    folder = run.folder_of(record.environment)
    write_text(folder / PLAIN, text)
    if run.key is not None:
        from proveout.evidence.envelope import signed  # noqa: PLC0415 - only where there is a key

        write_text(folder / SIGNED, signed((folder / PLAIN).read_bytes(), run.key).decode())


def is_written(run: "Run", environment: Environment) -> bool:
    """Return whether there is evidence of an environment."""
    return (run.folder_of(environment) / PLAIN).is_file()


def remove_evidence(run: "Run", environment: Environment) -> None:
    """Remove evidence that does not say what the verdict says."""
    for name in (PLAIN, SIGNED):
        with suppress(OSError):  # what cannot be removed was never ours
            (run.folder_of(environment) / name).unlink(missing_ok=True)


def store_evidence(run: "Run", environment: Environment) -> None:
    """Put the evidence of an environment into the store.

    Raises:
        NotStored: it is not there.
    """
    folder = run.folder_of(environment)
    try:
        payload = (folder / PLAIN).read_bytes()
        if name := run.redaction.found_in(payload):
            raise NotStored(f"it holds the value of {name}")
        body = (folder / SIGNED).read_bytes() if run.key is not None else payload
        Store(run.store).add("run", body, facts_of_run(read_run(payload)))
    except (UserError, Moved) as error:
        raise NotStored(str(error)) from None
    except Malformed as error:
        raise NotStored(f"it contradicts itself ({error})") from None
    except OSError as error:
        raise NotStored(f"{error.filename or run.store}: {error.strerror}") from None
