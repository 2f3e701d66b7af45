"""The request to end: SIGTERM or Ctrl-C, once to end in order, twice to end at once."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self


class Request:
    """Takes the signals for as long as the `with` lasts; `why` is empty until somebody asked."""

    def __init__(self) -> None:
        self.why = ""
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        # Only the main thread may take signals; elsewhere whoever owns it decides.
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _take(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - what signal calls with
        if self.why:
            raise KeyboardInterrupt
        self.why = f"asked to end by {signal.Signals(number).name}"
