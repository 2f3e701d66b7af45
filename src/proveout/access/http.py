"""HTTP access to one target: one pool of connections, guarded, bounded in time and bytes."""

import time
from typing import Any

import httpx

from proveout.access.answer import Answer, Unreachable, Wrong
from proveout.model.wording import plain
from proveout.safety.guard import Guard
from proveout.safety.transport import GuardedTransport

MAX_REDIRECTS = 5


class Http:
    """Asks one target; every answer is complete or a readable failure."""

    def __init__(self, url: str, guard: Guard) -> None:
        self.url = url
        self.guard = guard
        self._client = httpx.Client(
            transport=GuardedTransport(guard),
            trust_env=False,
            follow_redirects=False,
            headers={"user-agent": "proveout", "accept-encoding": "identity"},
        )

    def ask(self, method: str, path: str, *, within: float | None = None, **content: Any) -> Answer:
        """Send one request and return the whole answer.

        `within` is the deadline for all of it in seconds (default: the budget of an ordinary answer);
        `content` is httpx's json, content, files, headers, params.

        Raises:
            Unreachable: nothing answers there.
            Wrong: no complete answer in time, not HTTP, or a body over the budget.
            Refused: the guard did not let the request out.
        """
        __tracebackhide__ = True
        name = f"{method} {path}"
        deadline = self.guard.budgets.answer if within is None else within
        request = self._client.build_request(
            method, self.url + path, extensions={"deadline": deadline}, **content
        )
        self._client.cookies.clear()  # one check is not the visitor of another
        if "cookie" in request.headers and "headers" not in content:
            del request.headers["cookie"]
        begun = time.monotonic()
        try:
            response = self._client.send(request, stream=True)
            try:
                body = self._body(response, name)
            finally:
                response.close()
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            what = "no trusted connection to" if "certificate" in str(error) else "nothing answers at"
            raise Unreachable(f"{name}: {what} {self.url} ({error})") from None
        except httpx.TimeoutException:
            raise Wrong(f"{name}: no complete answer within {deadline:g} s") from None
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise Wrong(f"{name}: the answer broke off or is not HTTP ({error})") from None
        return Answer(name, response.status_code, response.headers, body, time.monotonic() - begun)

    def get(self, path: str, **content: Any) -> Answer:
        """Send a GET request; see `ask`."""
        __tracebackhide__ = True
        return self.ask("GET", path, **content)

    def settled(self, path: str) -> Answer:
        """Return the answer to GET after following redirects inside the target.

        A redirect that leaves the target is returned as it is: what lies elsewhere is not asked.
        """
        __tracebackhide__ = True
        answer = self.get(path)
        for _ in range(MAX_REDIRECTS):
            location = answer.headers.get("location")
            if answer.status // 100 != 3 or location is None:
                return answer
            here = httpx.URL(self.url + answer.request.partition(" ")[2])
            there = here.join(location)
            if (there.scheme, there.host, there.port) != (here.scheme, here.host, here.port):
                return answer
            base = httpx.URL(self.url).raw_path.decode("ascii").rstrip("/")
            place = there.raw_path.decode("ascii")
            if base and not place.startswith(f"{base}/"):
                return answer
            answer = self.get(place.removeprefix(base))
        raise Wrong(f"GET {path}: more than {MAX_REDIRECTS} redirects")

    def _body(self, response: httpx.Response, name: str) -> bytes:
        __tracebackhide__ = True
        limit = self.guard.budgets.body
        encoding = response.headers.get("content-encoding", "identity")
        if encoding != "identity":
            raise Wrong(
                f"{name}: the body is encoded as {plain(encoding)}, although it was asked for as it is"
            )
        parts: list[bytes] = []
        total = 0
        for part in response.iter_raw():
            parts.append(part)
            total += len(part)
            if total > limit:
                raise Wrong(f"{name}: the body is larger than the budget of {limit} bytes")
        return b"".join(parts)

    def close(self) -> None:
        """Close all connections."""
        self._client.close()
