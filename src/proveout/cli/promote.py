"""Runs the command that promotes a version, after its gate let it through, and puts that on record."""

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from proveout.evidence.key import Key
from proveout.evidence.person import person
from proveout.evidence.store import Moved, Store
from proveout.gates.decision import Decision
from proveout.gates.promotion import Promotion
from proveout.model.environment import Environment
from proveout.model.mistake import UserError
from proveout.model.verdict import ExitCode
from proveout.safety.redaction import Redaction

NOT_FOUND, NOT_STARTED = 127, 126


def run(
    words: list[str],
    decision: Decision,
    record: Path,
    store: Store,
    *,
    key: Key | None,
    environments: Iterable[Environment],
) -> int:
    """Run the command without a shell and return its exit code; 20 where its end could not be recorded.

    Raises:
        UserError: its beginning cannot be put on record; then it is not started.
    """
    clean = Redaction.of(environments).clean
    promotion = Promotion(
        decision,
        hashlib.sha256(record.read_bytes()).hexdigest(),
        tuple(clean(word) for word in words),
        person(),
        datetime.now(UTC),
    )
    try:
        promotion.put(store, key)
    except UserError as error:
        raise UserError(f"{words[0]} was not started: that it begins cannot be recorded\n{error}") from None
    except Moved:
        raise UserError(
            f"{words[0]} was not started: something was recorded since the decision, which may revoke it\n"
            f"next: proveout gate {decision.gate} --then {words[0]} ..."
        ) from None
    release = decision.release
    variables = {
        "PROVEOUT_GATE": decision.gate,
        "PROVEOUT_VERSION": release.version or "",
        "PROVEOUT_ARTIFACT": f"sha256:{release.artifact}" if release.artifact else "",
    }
    code = _ended(words, variables)
    try:
        promotion.put(store, key, ended=datetime.now(UTC), exit_code=code)
    except UserError as error:
        sys.stderr.write(
            f"\nproveout: NOT ON RECORD: {words[0]} ended with exit code {code}, "
            f"and that could not be stored\n{error}\n"
        )
        return code or ExitCode.HOLD
    sys.stderr.write(f"proveout: {words[0]} ended with exit code {code}; that is on record\n")
    return code


def _ended(words: list[str], variables: dict[str, str]) -> int:
    """Start the command, wait for it whatever signals arrive, and return its exit code as a shell would."""
    sys.stdout.flush()
    try:
        process = subprocess.Popen(words, env={**os.environ, **variables})  # noqa: S603 - the user's command
    except FileNotFoundError:
        sys.stderr.write(f"proveout: {words[0]} was not found\nnext: name it with its path, as ./deploy.sh\n")
        return NOT_FOUND
    except (OSError, ValueError) as error:
        sys.stderr.write(f"proveout: {words[0]} cannot be started: {error}\n")
        return NOT_STARTED
    with _outliving(process):
        code = process.wait()
    return code if code >= 0 else 128 - code


@contextmanager
def _outliving(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Stay until the command has ended: how it ended must go on record.

    A terminal sends Ctrl-C to the command as well; what is sent to this process alone is handed on.
    """

    def hand_on(number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGINT:
            process.send_signal(number)

    before = {n: signal.signal(n, hand_on) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
