"""The command `proveout`: everything around a run; the run itself is pytest."""

import argparse
import os
import sys

from proveout.model.mistake import UserError

USAGE = 2


def main(words: list[str] | None = None) -> int:
    """Run one command and return its exit code: 0, 1, 20 and 21 as of a run, 2 for wrong usage."""
    # Loaded by the command only.
    from proveout.cli import (  # noqa: PLC0415
        approve,
        claims,
        drill,
        env,
        event,
        evidence,
        gate,
        key,
        report,
        soak,
        verify,
        waive,
    )

    parser = argparse.ArgumentParser(
        prog="proveout", description="Verify environments; see also: pytest --env=NAME"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in (env, claims, drill, report, soak, key, evidence, verify, gate, approve, waive, event):
        module.add(commands)
    arguments = parser.parse_args(words)
    try:
        return int(arguments.do(arguments))
    except UserError as error:
        sys.stderr.write(f"proveout: {error}\n")
        return USAGE
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # who read has seen enough, as in: proveout evidence list | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
