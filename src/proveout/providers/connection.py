"""Connections: how a machine is named on the command line, and the directory that may follow."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from proveout.model.mistake import UserError, near
from proveout.providers.target import LOCAL

KINDS = ("ssh", "docker", "local")
NEXT = "next: write ssh://user@host[:port][/DIR], docker://container[/DIR], or local://"


def connection(text: str) -> tuple[str, Path | None]:
    """Return the connection as testinfra names it, and the directory that the text names, if any.

    A query (`?ssh_identity_file=...&ssh_config=...`) is testinfra's and is handed on.

    Raises:
        UserError: it is no connection, or it carries a password.
    """
    kind, mark, _ = text.partition("://")
    if not mark or kind not in KINDS:
        guess = near(kind, KINDS) if mark else ""
        raise UserError(f'--env-machine: "{kind if mark else text}" is no connection{guess}\n{NEXT}')
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise UserError(f"--env-machine: not a host and port\n{NEXT}") from None
    if parts.password is not None:
        raise UserError(
            "--env-machine: the connection carries a password\n"
            "  secrets on command lines end up in logs and process lists\n"
            "next: use a key of your ssh agent, or ?ssh_identity_file=FILE"
        )
    if kind == "local":
        return LOCAL, Path(parts.path) if parts.path.strip("/") else None
    # A host that begins with a hyphen would be an option of ssh or docker.
    if not re.fullmatch(r"[A-Za-z0-9_\[][\w.:\]-]*", parts.hostname or "") or port == 0:
        raise UserError(f"--env-machine: not the name of a host or container\n{NEXT}")
    if not re.fullmatch(r"([A-Za-z0-9_][\w.-]*)?", parts.username or ""):
        raise UserError(f"--env-machine: not the name of a user\n{NEXT}")
    query = f"?{parts.query}" if parts.query else ""
    return f"{kind}://{parts.netloc}{query}", Path(parts.path) if parts.path.strip("/") else None
