import contextlib
import socket
import subprocess
import sys

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proveout.model.mistake import UserError
from proveout.providers.address import PORTS, checked_url, free_port, port_of, require_free


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://gamma.example.com", "https://gamma.example.com"),
        ("https://gamma.example.com/", "https://gamma.example.com"),
        ("http://10.0.4.12:8082", "http://10.0.4.12:8082"),
        ("  http://host/app/ \n", "http://host/app"),
        ("HTTP://Host", "http://Host"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_a_url_is_taken_without_what_does_not_matter(text, url):
    assert checked_url(text, "--env-url") == url


@pytest.mark.parametrize(
    "text",
    [
        "ftp://host",
        "host",
        "host:8080",
        "//host",
        "https://",
        "https:///path",
        "https://:80",
        "http://host:0",
        "http:host",
        "http://host:99999",
        "http://host:-1",
        "http://host:x",
        "http://[::1",
        "file:///etc/passwd",
        "",
        "http://ho st",
        "http://ho\x1bst",
        "http://256.1.1.1",
        "http://host\\evil",
        "http://host/a b",
    ],
)
def test_what_is_no_url_is_refused_with_its_source(text):
    with pytest.raises(UserError, match=r"--env-url: .*\n(.*\n)*next: write"):
        checked_url(text, "--env-url")


@pytest.mark.parametrize("text", ["https://host?x=1", "https://host/a#b"])
def test_a_url_has_no_query_or_fragment(text):
    with pytest.raises(UserError, match="has a query or fragment"):
        checked_url(text, "GAMMA_URL")


@pytest.mark.parametrize(
    "text",
    [
        "https://user:hunter2@host",
        "https://hunter2@host",
        "https://:hunter2@host",
        "ftp://user:hunter2@host",
        "https://user:hunter2@host:99999",
        "https://user:hunter2@host/?q=1",
        "//user:hunter2@host",
        "user:hunter2@host",
        "https:/user:hunter2@host",
        "https//user:hunter2@host",
        "gamma=https://user:hunter2@host",
        "https://user:hunter2#x@host",
        "https://user:hunter2/x@host",
        "https://user:hunter2?x@host",
        "https://user:hun%74er2hunter2@host",
        "https://host/?token=hunter2",
    ],
)
def test_a_password_is_refused_and_never_repeated(text):
    with pytest.raises(UserError) as caught:
        checked_url(text, "--env-url")
    assert "hunter2" not in str(caught.value)


def test_a_password_that_looks_like_a_port_is_no_port():
    with pytest.raises(UserError):
        checked_url("https://user:1234/5@host", "--env-url")


@given(st.text(st.characters(codec="utf-8"), max_size=30))
@example("\x1b").via("control character")
@example("256.1.1.1").via("no address")
def test_every_url_that_is_taken_can_be_asked(rest):
    with contextlib.suppress(UserError):
        asked = httpx.URL(checked_url(f"http://{rest}", "--env-url"))
        assert asked.host
        assert not asked.userinfo


@pytest.mark.parametrize(
    ("url", "port"), [("http://h", 80), ("https://h", 443), ("http://h:81", 81), ("https://[::1]:8", 8)]
)
def test_the_port_of_a_url_is_its_own_or_that_of_its_scheme(url, port):
    assert port_of(url) == port


def test_a_free_port_can_be_had():
    port = free_port()
    assert port in PORTS, "an outgoing connection could take it"
    require_free(port, "ceesar/gamma")
    with socket.create_server(("127.0.0.1", port)):
        pass


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - what some servers do
def test_a_port_that_is_taken_names_the_process_that_listens(address):
    program = (
        "import socket, sys, time\n"
        f"s = socket.create_server(({address!r}, 0)); print(s.getsockname()[1], flush=True); time.sleep(600)"
    )
    holder = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    try:
        port = int(holder.stdout.readline())
        with pytest.raises(UserError) as caught:
            require_free(port, "ceesar/gamma")
    finally:
        holder.kill()
        holder.communicate()
    assert f"ceesar/gamma: port {port} cannot be had" in str(caught.value)
    assert f"process {holder.pid} (python" in str(caught.value)


def test_a_port_that_only_waits_after_a_close_is_free():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        connection, _ = server.accept()
        connection.close()
        client.close()
    require_free(port, "ceesar/gamma")
