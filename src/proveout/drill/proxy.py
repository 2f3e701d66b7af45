"""An asyncio proxy that alters answers on their way: the server behind it does not know."""

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass, field

import h11
import httpx

from proveout.drill.fault import Alteration

READ = 64 * 1024
HOP_BY_HOP = {b"connection", b"keep-alive", b"transfer-encoding", b"content-length", b"upgrade"}


@dataclass
class Proxy:
    """Forwards requests to `inner` (a base URL) and alters what comes back."""

    inner: str
    alterations: tuple[Alteration, ...]
    asked: Counter[int] = field(default_factory=Counter)
    seen: dict[int, float] = field(default_factory=dict)
    awake: dict[int, float] = field(default_factory=dict)

    async def serve(self, port: int) -> asyncio.Server:
        """Start listening on a loopback port."""
        limits = httpx.Limits(max_connections=200)
        self._transport = httpx.AsyncHTTPTransport(trust_env=False, limits=limits)
        return await asyncio.start_server(self._connection, "127.0.0.1", port)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER)
        try:
            request, body = await _request(connection, reader)
            if request is not None:
                await self._answer(request, body, writer)
        except (h11.RemoteProtocolError, ConnectionError, httpx.TransportError):
            writer.transport.abort()
        finally:
            writer.close()

    async def _answer(self, request: h11.Request, body: bytes, writer: asyncio.StreamWriter) -> None:
        target = request.target.decode("ascii")
        forwarded = httpx.Request(
            request.method.decode("ascii"),
            self.inner + target,
            headers=[(name, value) for name, value in request.headers if name not in HOP_BY_HOP],
            content=body or None,
        )
        # The transport itself: a client would add headers, keep cookies and unpack bodies.
        response = await self._transport.handle_async_request(forwarded)
        try:
            content = b"".join([part async for part in response.aiter_raw()])
        finally:
            await response.aclose()
        headers = [(n, v) for n, v in response.headers.raw if n.lower() not in HOP_BY_HOP]
        answer = _Answer(response.status_code, headers, content)
        if request.method == b"HEAD" and "content-length" in response.headers:
            answer.announced = int(response.headers["content-length"])
        path = target.partition("?")[0]
        for number, alteration in enumerate(self.alterations):
            if alteration.path in {"*", path} and alteration.method in {None, request.method.decode()}:
                self.asked[number] += 1
                if self.asked[number] > alteration.after:
                    await asyncio.sleep(self._delay(number, alteration))
                    answer.alter(alteration)
        await answer.send(writer, head=request.method == b"HEAD")

    def _delay(self, number: int, alteration: Alteration) -> float:
        """Return how long to wait now, in seconds."""
        delay = alteration.delay or 0.0
        if alteration.asleep is None:
            return delay
        now = time.monotonic()
        before = max(self.seen.get(number, now), self.awake.get(number, 0.0))
        self.seen[number] = now
        if now - before >= alteration.asleep:
            self.awake[number] = now + delay
        return max(0.0, self.awake.get(number, now) - now)


@dataclass
class _Answer:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    announced: int | None = None
    drip: float = 0.0

    def alter(self, alteration: Alteration) -> None:
        self.status = alteration.status or self.status
        if alteration.body is not None:
            self.body = alteration.body.encode()
        if alteration.set or alteration.remove:
            self.body = _edited(self.body, alteration)
        gone = {name.lower().encode() for name in (*alteration.remove_headers, *alteration.headers)}
        self.headers = [(n, v) for n, v in self.headers if n.lower() not in gone]
        self.headers += [(n.encode(), v.encode()) for n, v in alteration.headers.items()]
        if alteration.cut is not None:
            self.announced, self.body = len(self.body), self.body[: alteration.cut]
        self.drip = alteration.drip or self.drip

    async def send(self, writer: asyncio.StreamWriter, *, head: bool) -> None:
        length = str(len(self.body) if self.announced is None else self.announced).encode()
        lines = [b"HTTP/1.1 %d Answer" % self.status, *(n + b": " + v for n, v in self.headers)]
        writer.write(b"\r\n".join([*lines, b"content-length: " + length, b"connection: close", b"", b""]))
        if self.drip and not head:
            for byte in self.body:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(self.drip)
        elif not head:
            writer.write(self.body)
        await writer.drain()


def _edited(body: bytes, alteration: Alteration) -> bytes:
    try:
        content = json.loads(body)
    except ValueError:
        return body
    if not isinstance(content, dict):
        return body
    content |= alteration.set
    return json.dumps({key: v for key, v in content.items() if key not in alteration.remove}).encode()


async def _request(
    connection: h11.Connection, reader: asyncio.StreamReader
) -> tuple[h11.Request | None, bytes]:
    request: h11.Request | None = None
    body = b""
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(READ))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
        else:
            return request, body
