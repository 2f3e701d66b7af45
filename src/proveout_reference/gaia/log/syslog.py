"""Syslog: log lines as datagrams to the machine's log service, or to one over UDP."""

import os
import socket

from proveout_reference.gaia.clock import Clock, text_of
from proveout_reference.gaia.log.formats import Format
from proveout_reference.gaia.log.record import Record

_DAEMON = 3 * 8
_SEVERITIES = {"debug": 7, "info": 6, "warn": 4, "error": 3}
_SECONDS_BETWEEN_TRIES = 10.0


class Syslog:
    """An output to `address`: "host:port" (UDP) or the path of a socket. A line nobody takes is counted."""

    def __init__(self, address: str, shape: Format, clock: Clock) -> None:
        self.lost = 0
        self._address = address
        self._shape = shape
        self._clock = clock
        self._socket: socket.socket | None = None
        self._next_try = 0.0
        self._host = socket.gethostname() or "-"

    def connect(self) -> str:
        """Takes up the connection; says what is wrong, or nothing."""
        self._next_try = self._clock.monotonic() + _SECONDS_BETWEEN_TRIES
        try:
            self._socket = self._connected()
        except OSError as error:
            return error.strerror or str(error)
        return ""

    def write(self, record: Record) -> None:
        """Sends one line without waiting."""
        if self._socket is None and (self._clock.monotonic() < self._next_try or self.connect()):
            self.lost += 1
            return
        try:
            if self._socket is not None:
                self._socket.send(self._datagram(record))
        except BlockingIOError:
            self.lost += 1  # its queue is full; the file has the line
        except OSError:
            self.lost += 1
            self.close()

    def close(self) -> None:
        """Closes the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connected(self) -> socket.socket:
        host, separator, port = self._address.rpartition(":")
        if separator and port.isdecimal() and "/" not in self._address:
            found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_DGRAM)
            family, _, _, _, where = found[0]
            return _connect(family, where)
        return _connect(socket.AF_UNIX, self._address)

    def _datagram(self, record: Record) -> bytes:
        priority = f"<{_DAEMON + _SEVERITIES[record.level]}>"
        line = self._shape(record)
        if self._socket is not None and self._socket.family == socket.AF_UNIX:
            return f"{priority}gaia[{os.getpid()}]: {line}".encode()
        # RFC 5424: version, time, host, program, process, message id, no structured data
        return f"{priority}1 {text_of(record.time)} {self._host} gaia {os.getpid()} - - {line}".encode()


def _connect(family: int, where: object) -> socket.socket:
    connection = socket.socket(family, socket.SOCK_DGRAM)
    try:
        connection.setblocking(False)  # noqa: FBT003  the library's only form
        connection.connect(where)  # type: ignore[arg-type]  # each family has its own form
    except OSError:
        connection.close()
        raise
    return connection
