"""Stop: what the signals ask for: first an orderly end, then an immediate one."""

import asyncio
import os
import signal

from proveout_reference.gaia.http.web_server import WebServer
from proveout_reference.gaia.log.log import Log


class Stop:
    """Listens to SIGTERM and SIGINT for the whole life of the process."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.reason = ""
        self.server: WebServer | None = None
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal, number)

    @property
    def asked(self) -> bool:
        """Whether a signal has come."""
        return bool(self.reason)

    def _on_signal(self, number: signal.Signals) -> None:
        if self.asked:
            self._log.warning("stopped at once", reason=f"second {number.name}")
            os._exit(1)
        self.reason = number.name
        self._log.info("stopping", reason=number.name)
        if self.server is not None:
            self.server.should_exit = True
