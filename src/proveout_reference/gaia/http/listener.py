"""Listener: taking a port on every address that a host's name stands for."""

import errno
import socket

_BACKLOG = 2048
_MISSING = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}  # such as ::1 on a machine without IPv6


class PortTakenError(Exception):
    """The server cannot listen where its settings say."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Listening sockets, at least one. Raises PortTakenError."""
    listeners: list[socket.socket] = []
    missing: OSError | None = None
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, _, _, _, address in dict.fromkeys(found):
            try:
                listeners.append(_bound(family, address))
            except OSError as error:
                if error.errno not in _MISSING:
                    raise
                missing = error
        if not listeners and missing is not None:
            raise missing
    except OSError as error:
        for listener in listeners:
            listener.close()
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        raise PortTakenError(f"cannot listen on {where}: {error.strerror or error}") from None
    return listeners


def _bound(family: int, address: object) -> socket.socket:
    # Named in full: only then are the accepted connections known as TCP and answer without Nagle's delay.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)  # type: ignore[arg-type]  # each family has its own form
        # Without listen() two servers could both bind; only one of them can listen.
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)  # noqa: FBT003  the library's only form
    return listener
