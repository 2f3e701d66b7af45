"""Capture: feeds a process its input and keeps its output, up to a bound."""

import asyncio
from contextlib import suppress

_CHUNK = 65536
_LAST_WORDS_SECONDS = 1.0


class Capture:
    """The streams of one process; `largest` bounds stdout and stderr together, in bytes.

    What comes beyond the bound is read and dropped: the process is only seen to end once its streams have.
    """

    def __init__(self, process: asyncio.subprocess.Process, given: bytes, largest: int) -> None:
        self._process = process
        self._room = largest
        self._overflow = asyncio.Event()
        self._out: list[bytes] = []
        self._err: list[bytes] = []
        streams = [(process.stdout, self._out), (process.stderr, self._err)]
        self._readers = [asyncio.create_task(self._read(stream, kept)) for stream, kept in streams if stream]
        self._feeder = asyncio.create_task(self._feed(given))

    @property
    def stdout(self) -> bytes:
        """What was printed so far."""
        return b"".join(self._out)

    @property
    def stderr(self) -> bytes:
        """What was printed to stderr so far; empty when merged into stdout."""
        return b"".join(self._err)

    async def wait(self, seconds: float) -> str:
        """Waits until the process has ended.

        Returns "" then, "output" as soon as it printed too much, "timeout" after `seconds`.
        """
        ended = asyncio.create_task(self._process.wait())
        overflow = asyncio.create_task(self._overflow.wait())
        try:
            done, _ = await asyncio.wait(
                (ended, overflow), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            ended.cancel()
            overflow.cancel()
        if self._overflow.is_set():
            return "output"
        return "" if done else "timeout"

    async def close(self) -> None:
        """Takes in what is still in the streams of the ended process, and lets go of them."""
        self._feeder.cancel()
        await asyncio.wait([self._feeder, *self._readers], timeout=_LAST_WORDS_SECONDS)
        for reader in self._readers:
            reader.cancel()

    async def _read(self, stream: asyncio.StreamReader, kept: list[bytes]) -> None:
        while chunk := await stream.read(_CHUNK):
            kept.append(chunk[: self._room])
            if len(chunk) > self._room:
                self._overflow.set()
            self._room = max(0, self._room - len(chunk))

    async def _feed(self, given: bytes) -> None:
        stream = self._process.stdin
        if stream is None:
            return
        # A program need not read its input, and may end before it has.
        with suppress(BrokenPipeError, ConnectionResetError):
            stream.write(given)
            await stream.drain()
            stream.close()
            await stream.wait_closed()
