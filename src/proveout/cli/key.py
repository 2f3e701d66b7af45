"""`proveout key`: the key that signs evidence, and its public half that gates trust."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from proveout.evidence.key import VARIABLE, Key
from proveout.model.mistake import UserError, shown

DEFAULT = "~/.config/proveout/key.pem"


def add(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser("key", help="keys that sign evidence")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("new", help="make a key; its public half lies beside it as .pub")
    action.add_argument("--output", type=Path, metavar="FILE", help=f"the private key (default: {DEFAULT})")
    action.set_defaults(do=_new)


def _new(arguments: argparse.Namespace) -> int:
    path: Path = (arguments.output or Path(DEFAULT)).expanduser()
    public = path.with_suffix(".pub")
    if public == path:
        raise UserError(
            f"{shown(path)}: .pub is the name of the public half\nnext: proveout key new --output key.pem"
        )
    for file in (path, public):
        if os.path.lexists(file):
            raise UserError(
                f"{file}: there is one already, and a key is never overwritten\n"
                "  what it signed could no longer be told from what others sign\n"
                "next: use it, or proveout key new --output another.pem"
            )
    key = Key.new()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(path, key.pem, 0o600)
        _write(public, key.public.pem, 0o644)
    except OSError as error:
        raise UserError(
            f"{shown(path)}: the key cannot be written ({error.strerror})\n"
            "next: name a file in a folder of your own: proveout key new --output FILE"
        ) from None
    sys.stdout.write(
        f"private key: {shown(path)}   only you can read it; commit it nowhere\n"
        f"public key:  {shown(public)}   id {key.public.keyid}\n"
        f"next: export {VARIABLE}={path.absolute()}\n"
        f"      cp {shown(public)} environments/SYSTEM/keys/NAME.pub, and let somebody review that:\n"
        "      from then on the gates of that system take only what a key in there has signed\n"
    )
    return 0


def _write(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(descriptor)
    except OSError:  # half a key is none
        path.unlink()
        raise
