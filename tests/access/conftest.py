"""Real servers that say any bytes or serve pages, and access to them as checks have it."""

import contextlib
import socket
import threading
from pathlib import Path

import pytest

from machinery.servers import Scripted
from proveout.access.browser import Browser, Chromium, lacking
from proveout.access.http import Http
from proveout.catalogue.catalogue import load
from proveout.model.environment import Budgets
from proveout.providers.target import Target
from proveout.safety.guard import Guard
from proveout.safety.policy import Policy

ENVIRONMENTS = Path(__file__).parents[2] / "environments"


def answer(body=b"", status="200 OK", **headers):
    """The bytes of a whole answer."""
    fields = {"content-length": str(len(body))} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode("latin-1") + body


class Wire:
    """Listens on loopback and lets `manner(connection, request)` say bytes; remembers every request.

    A manner that returns bytes has them sent; one that returns None has said everything and closes.
    """

    def __init__(self, manner):
        self.manner = manner
        self.requests = []
        self.connections = 0
        self.received = 0
        self.closed = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.ending = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def asked(self):
        """The method and target of every request."""
        return [" ".join(request.split(" ", 2)[:2]) for request in self.requests]

    def _listen(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError):
            self._converse(connection)
        self.closed += 1

    def _converse(self, connection):
        while head := self._head(connection):
            self.requests.append(head.decode("latin-1"))
            said = self.manner(connection, self.requests[-1])
            if said is None:
                return
            connection.sendall(said)

    @staticmethod
    def _head(connection):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = connection.recv(1)
            if not byte:
                return b""
            head += byte
        return head

    def close(self):
        self.ending.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def said():
    """A function that makes the bytes of an answer: said(body, status, **headers)."""
    return answer


@pytest.fixture
def wire():
    """A function that starts a server with a manner, or with the bytes of its one answer."""
    started = []

    def wire(manner=answer()):  # noqa: B008 - bytes do not change
        started.append(Wire(manner if callable(manner) else lambda *_: manner))
        return started[-1]

    yield wire
    for server in started:
        server.close()


@pytest.fixture(scope="session")
def gamma():
    return load(ENVIRONMENTS).environments["ceesar/gamma"]


@pytest.fixture
def http_to(gamma):
    """A function that gives the access of a reading check to a live target at a URL."""
    opened = []

    def http_to(url, **budgets):
        guard = Guard(Policy.of(Target(gamma, "live", url)), Budgets(**{"answer": "10s"} | budgets))
        opened.append(Http(url, guard))
        return opened[-1]

    yield http_to
    for http in opened:
        http.close()


class Site:
    """A server of pages, by path; what is not a page is answered 404."""

    def __init__(self):
        self.pages = {}
        self.server = Scripted(self.answer)
        self.url = self.server.url

    @property
    def asked(self):
        return self.server.asked

    def answer(self, request):
        page = self.pages.get(request.path, (404, {}, b""))
        return (200, {"content-type": "text/html"}, page.encode()) if isinstance(page, str) else page


@pytest.fixture(scope="session")
def chromium():
    if reason := lacking():
        pytest.skip(reason)
    chromium = Chromium()
    yield chromium
    chromium.close()


@pytest.fixture(scope="session")
def only_site():
    site = Site()  # one for all tests: another address would be another browser
    yield site
    site.server.close()


@pytest.fixture
def site(only_site):
    only_site.pages.clear()
    only_site.asked.clear()
    return only_site


@pytest.fixture
def elsewhere():
    site = Site()
    yield site
    site.server.close()


@pytest.fixture
def browser_to(gamma, chromium):
    """A function that gives the browser of a reading check to a live target at a URL."""
    opened = []

    def browser_to(url, folder=None):
        target = Target(gamma, "live", url)
        guard = Guard(Policy.of(target), Budgets(answer="5s"))
        opened.append(Browser(target, guard, folder=folder, name="a check", chromium=chromium))
        return opened[-1]

    yield browser_to
    for browser in opened:
        browser.close()


@pytest.fixture
def browser(site, browser_to):
    return browser_to(site.url)
