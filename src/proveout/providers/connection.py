"""Connections: how a machine is named on the command line, and the directory that may follow."""

import re
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlsplit

from proveout.model.mistake import UserError, near
from proveout.providers.target import LOCAL

KINDS = ("ssh", "docker", "local")
NEXT = "next: write ssh://user@host[:port][/DIR], docker://container[/DIR], or local:///DIR"
OPTIONS = ("ssh_identity_file", "ssh_config", "timeout", "sudo", "sudo_user")  # of testinfra


def connection(text: str) -> tuple[str, Path | None]:
    """Return the connection as testinfra names it, and the directory that the text names, if any.

    A query (`?ssh_identity_file=...&ssh_config=...`) is testinfra's and is handed on.

    Raises:
        UserError: it is no connection, or it carries a password.
    """
    kind, mark, _ = text.partition("://")
    if not mark or kind not in KINDS:
        # What stands before an @ may be a password.
        said, guess = (kind, near(kind, KINDS)) if mark else (text.rpartition("@")[2], "")
        raise UserError(f'--env-machine: "{said}" is no connection{guess}\n{NEXT}')
    try:
        parts = urlsplit(text, allow_fragments=False)
        port = parts.port
    except ValueError:
        raise UserError(f"--env-machine: not a host and port\n{NEXT}") from None
    if parts.password is not None:
        raise UserError(
            "--env-machine: the connection carries a password\n"
            "  secrets on command lines end up in logs and process lists\n"
            "next: use a key of your ssh agent, or ?ssh_identity_file=FILE"
        )
    directory = Path(parts.path) if parts.path.strip("/") else None
    if kind == "local":
        if parts.netloc:
            raise UserError(f"--env-machine: local:// is this machine, no host follows\n{NEXT}")
        if directory is None:
            raise UserError(f"--env-machine: local:// alone says nothing, a directory must follow\n{NEXT}")
        return LOCAL, directory
    # A host that begins with a hyphen would be an option of ssh or docker.
    if not re.fullmatch(r"[A-Za-z0-9_:][\w.:-]*", parts.hostname or "") or port == 0 or parts.path[:1] == "#":
        raise UserError(f"--env-machine: not the name of a host or container\n{NEXT}")
    if kind == "docker" and port is not None:
        raise UserError(f"--env-machine: a container is named without a port\n{NEXT}")
    if not re.fullmatch(r"([A-Za-z0-9_][\w.-]*)?", parts.username or ""):
        raise UserError(f"--env-machine: not the name of a user\n{NEXT}")
    _require_known(parts)
    query = f"?{parts.query}".replace("#", "%23") if parts.query else ""  # testinfra would end it at a #
    return f"{kind}://{parts.netloc}{query}", directory


def _require_known(parts: SplitResult) -> None:
    """What testinfra does not know it would leave out without a word."""
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        if key not in OPTIONS:
            accepted = ", ".join(OPTIONS)
            raise UserError(
                f'--env-machine: "{key}" is unknown{near(key, OPTIONS)}\nnext: one of {accepted}, or none'
            )
        if not value or (key == "timeout" and not re.fullmatch("[1-9][0-9]{0,4}", value)):
            raise UserError(f'--env-machine: "{value}" is no value of {key}\nnext: mend it, or leave it out')
