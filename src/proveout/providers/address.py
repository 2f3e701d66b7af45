"""Addresses: URLs people give, and the ports of this machine."""

import re
import secrets
import socket
from contextlib import suppress
from urllib.parse import SplitResult, urlsplit

import httpx
import psutil

from proveout.model.mistake import UserError

PORTS = range(20_000, 32_768)  # above the services everybody knows, below the ports of outgoing connections
TRIES = 100


def checked_url(text: str, source: str) -> str:
    """Return the URL without a trailing slash.

    Raises:
        UserError: it is not http(s), has no host, or carries a user, query or fragment. The text is
            not repeated where it may hold a password.
    """
    text = text.strip()
    if "@" in text:
        raise UserError(
            f"{source}: the URL carries a user or password (there is an @ in it)\n"
            "  secrets in URLs end up in logs and reports\n"
            "next: leave the part before @ out"
        )
    try:
        parts = urlsplit(text)
        port = parts.port
        asked = httpx.URL(text)
    except (ValueError, httpx.InvalidURL, UnicodeError):
        raise UserError(f"{source}: not a URL\nnext: write it as https://host[:port]") from None
    if not re.fullmatch(r"[\w.:~-]*", asked.host) or not re.fullmatch(r"[\w./~%:-]*", parts.path):
        raise UserError(f"{source}: not a host or path of a URL\nnext: write it as https://host[:port]")
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise UserError(
            f'{source}: "{text}" is not an http or https URL\nnext: write it as https://host[:port]'
        )
    if parts.query or parts.fragment:
        raise UserError(
            f"{source}: the URL has a query or fragment\nnext: write only https://host[:port][/path]"
        )
    return SplitResult(parts.scheme, parts.netloc, parts.path.rstrip("/"), "", "").geturl()


def port_of(url: str) -> int:
    """Return the port a URL leads to."""
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def free_port() -> int:
    """Return a loopback port that nobody listens on now.

    It is none that the system gives to outgoing connections: one of them could take it before the server
    does.
    """
    for _ in range(TRIES):
        port = secrets.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_ports(count: int) -> list[int]:
    """Return so many ports, each as of `free_port` and no two the same."""
    found: set[int] = set()
    while len(found) < count:
        found.add(free_port())
    return [*found]


def require_free(
    port: int, wanted_by: str, *, otherwise: str = "leave --env-ports out to use a free port"
) -> None:
    """Check that nobody listens on the port; `otherwise` is what one can do if somebody does.

    Raises:
        UserError: somebody does; names the process where it can be seen.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise UserError(
                f"{wanted_by}: port {port} cannot be had ({error.strerror}){_holder(port)}\n"
                f"next: stop that process, or {otherwise}"
            ) from error


def _holder(port: int) -> str:
    try:
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and port in connection.laddr[1:] and connection.pid:
                return f"; process {connection.pid} ({psutil.Process(connection.pid).name()}) listens there"
    except psutil.Error:
        return ""
    return ""
