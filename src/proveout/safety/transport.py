"""An httpx transport that asks the guard first, and that no server can keep waiting past a deadline.

httpx measures its time-outs per read, so a server that sends one byte a second is never too slow; here the
deadline covers the whole answer. httpcore's network backend is the documented place to do that.
"""

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from proveout.safety.guard import Guard

_current = threading.local()
_PIECE = 16 * 1024


def _remaining(timeout: float | None) -> float:
    left: float = _current.deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the deadline passed")
    return left if timeout is None else min(left, timeout)


class _Stream(httpcore.NetworkStream):
    """A connection whose every operation ends at the deadline of the request it serves."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _remaining(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):  # the inner write grants its time to every piece
            self._inner.write(buffer[start : start + _PIECE], _remaining(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _remaining(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.SyncBackend):
    """Connects within the deadline."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        inner = super().connect_tcp(host, port, _remaining(timeout), local_address, socket_options)
        return _Stream(inner)


@contextmanager
def _translated(request: httpx.Request) -> Iterator[None]:
    try:
        yield
    except httpcore.ConnectTimeout as error:
        raise httpx.ConnectTimeout("no connection in time", request=request) from error
    except httpcore.TimeoutException as error:
        raise httpx.ReadTimeout("no complete answer in time", request=request) from error
    except httpcore.ConnectError as error:
        raise httpx.ConnectError(str(error), request=request) from error
    except httpcore.NetworkError as error:
        raise httpx.ReadError(str(error) or "the connection broke", request=request) from error
    except httpcore.ProtocolError as error:
        raise httpx.RemoteProtocolError(str(error), request=request) from error


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response, request: httpx.Request, passage: Any) -> None:
        self._response = response
        self._request = request
        self._passage = passage

    def __iter__(self) -> Iterator[bytes]:
        with _translated(self._request):
            for part in self._response.stream:  # type: ignore[union-attr]
                _remaining(None)
                yield part

    def close(self) -> None:
        try:
            with _translated(self._request):
                self._response.close()
        finally:
            self._passage.__exit__(None, None, None)


class GuardedTransport(httpx.BaseTransport):
    """The only way to a target: guarded, bounded in time, without the proxies of the environment.

    A request carries its deadline in `extensions["deadline"]`, seconds from now; `budgets.answer` else.
    """

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=guard.budgets.concurrency,
            max_keepalive_connections=guard.budgets.concurrency,
            # Servers close idle connections after some seconds; one that was just closed would look broken.
            keepalive_expiry=2.0,
            network_backend=_Backend(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request if the guard agrees.

        Raises:
            Refused: the guard does not agree.
            httpx.TransportError: no connection, no complete answer, or not HTTP.
        """
        url = request.url
        port = url.port or {"http": 80, "https": 443}[url.scheme]
        seconds = request.extensions.get("deadline", self.guard.budgets.answer)
        passage = self.guard.passage(request.method, url.scheme, url.host, port, url.raw_path.decode("ascii"))
        passage.__enter__()  # left when the body is closed: until then the request is in flight
        _current.deadline = time.monotonic() + seconds
        try:
            with _translated(request):
                response = self._pool.handle_request(
                    httpcore.Request(
                        method=request.method,
                        url=httpcore.URL(
                            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                        ),
                        headers=request.headers.raw,
                        content=request.stream,
                        extensions={"timeout": {"pool": seconds}},
                    )
                )
        except BaseException:
            passage.__exit__(None, None, None)
            raise
        body = _Body(response, request, passage)
        return httpx.Response(
            response.status, headers=response.headers, stream=body, extensions=response.extensions
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()
