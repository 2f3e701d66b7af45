"""A real browser on real pages: what it sees, what it may ask, and what is said when they fail."""

import threading
from base64 import b64encode
from hashlib import sha1

import pytest

from proveout.access.answer import Unreachable, Wrong
from proveout.model.environment import Budgets
from proveout.safety.guard import Refused

HTML = {"content_type": "text/html"}


def test_a_page_is_seen_as_a_visitor_sees_it(site, browser):
    site.pages["/"] = (
        "<title>Quotas</title><h1>All the quotas</h1><p hidden>secret</p>"
        "<script>setTimeout(() => document.body.append('late words'), 100)</script>"
    )
    page = browser.open("/")
    assert page.title == "Quotas"
    assert page.heading("Quotas", level=1)
    assert page.shows("late  words")
    assert "secret" not in page.text
    assert page.errors == []


def test_nothing_but_the_target_is_asked(site, elsewhere, browser):
    there = elsewhere.url
    away = (302, {"location": f"{there}/redirected"}, b"")
    site.pages |= {"/away": away, "/frame": f"<iframe src='{there}/frame'></iframe>"}
    socket = there.replace("http", "ws")
    html = f"""<link rel="stylesheet" href="{there}/font.css"><script src="{there}/library.js"></script>
        <img src="{there}/picture"><img src="/away"><iframe src="/frame"></iframe><script>
        Promise.allSettled([
          fetch("{there}/fetched"), fetch("{there.replace("127.0.0.1", "localhost")}/named"), fetch("/away"),
          new Promise((end) => {{ new WebSocket("{socket}/socket").onclose = end; }}),
          new Promise((end) => {{
            const work = new Blob(["fetch('{there}/worker').finally(() => postMessage(0))"]);
            new Worker(URL.createObjectURL(work)).onmessage = end;
          }}),
        ]).then(() => {{ navigator.sendBeacon("{there}/beacon"); document.body.append("tried"); }})
        </script>"""
    site.pages["/"] = html
    page = browser.open("/")
    assert page.shows("tried")
    page.rest()
    assert elsewhere.asked == []
    wanted = {url.rpartition("/")[2] for url in page.traffic.foreign}
    assert wanted >= {
        "font.css",
        "library.js",
        "picture",
        "redirected",
        "frame",
        "fetched",
        "named",
        "socket",
    }
    assert browser.guard.refusals == []
    page.patience = 0.3
    with pytest.raises(Wrong, match=f"it wanted {there}/font.css, which is not the target"):
        page.shows("what the library would have written")


def test_a_page_that_leads_elsewhere_is_not_followed(site, elsewhere, browser):
    site.pages["/"] = (302, {"location": f"{elsewhere.url}/"}, b"")
    with pytest.raises(Wrong, match="GET /: the connection failed"):
        browser.open("/")
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("script", "refused"),
    [
        ("fetch('/api/problem/x', {method: 'DELETE'})", "DELETE /api/problem/x"),
        ("fetch('/api/run?x', {method: 'POST'})", "POST /api/run"),
        ("fetch('/api/run', {method: 'POST', body: 'x'})", "POST /api/problems"),  # by way of a redirect
    ],
)
def test_a_call_that_changes_something_is_refused(site, browser, script, refused):
    site.pages["/api/run"] = (307, {"location": "/api/problems"}, b"")
    site.pages["/"] = f"<script>{script}.catch(() => document.body.append('refused'))</script>"
    with pytest.raises(Refused, match=refused):
        browser.open("/").shows("refused")
    assert [refused in call for call in browser.guard.refusals] == [True]
    assert refused not in site.asked


def test_a_call_of_the_definition_is_let_out_and_its_answer_known(site, browser):
    site.pages["/api/run"] = (200, {}, b'{"result": "42"}')
    site.pages["/"] = (
        "<script>fetch('/api/run', {method: 'POST'}).then(() => document.body.append('ran'))</script>"
    )
    page = browser.open("/")
    assert page.shows("ran")
    assert page.answered("POST /api/run") == {"result": "42"}
    assert browser.guard.requests == 2
    assert browser.guard.in_flight == 0


def test_a_socket_of_the_target_is_let_through(wire, said, browser_to):
    def talk(connection, request):
        if "Upgrade: websocket" not in request:
            return said(listen, **HTML)
        key = request.partition("Sec-WebSocket-Key: ")[2].partition("\r")[0]
        digest = sha1(key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11", usedforsecurity=False).digest()
        head = "HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: "
        connection.sendall(f"{head}{b64encode(digest).decode()}\r\n\r\n".encode() + b"\x81\x05hello")
        server.ending.wait(10)
        return None

    listen = b"<script>new WebSocket(`ws://${location.host}/ws`).onmessage = (message) => "
    listen += b"{ document.body.append(message.data) }</script>"
    server = wire(talk)
    page = browser_to(server.url).open("/")
    assert page.shows("hello")


def test_errors_of_scripts_and_missing_parts_are_collected_and_said(site, browser):
    site.pages["/"] = "<script src='/gone.js'></script><script>missing.call()</script>"
    page = browser.open("/")
    assert page.errors == ["missing is not defined", "GET /gone.js answered 404"]
    page.patience = 0.3
    with pytest.raises(
        Wrong, match=r'does not show "x" .*script error: missing is not defined; GET /gone.js'
    ):
        page.shows("x")


def test_what_does_not_appear_is_said_in_one_line(site, browser):
    site.pages["/"] = "<button disabled>Run</button>"
    page = browser.open("/")
    page.patience = 0.3
    for look in (
        lambda: page.shows("output"),
        lambda: page.heading("Quotas"),
        lambda: page.press("Run"),
        lambda: page.ask(lambda sheet: sheet.locator("b").click(), "the row cannot be clicked"),
    ):
        with pytest.raises(Wrong) as caught:
            look()
        assert "\n" not in str(caught.value)
        assert not {"Locator", "Call log", "Timeout"} & set(str(caught.value).replace(":", " ").split())


def test_a_page_that_takes_too_long_is_wrong(wire, browser_to):
    server = wire(lambda *_: ending.wait(10) and None)
    ending = threading.Event()
    browser = browser_to(server.url)
    browser.guard.budgets = Budgets(answer="250ms")
    with pytest.raises(Wrong, match=r"^GET /slow: not within 0.5 s$"):
        browser.open("/slow")
    ending.set()


@pytest.mark.parametrize("body", [b"", b"404 page not found"])
def test_an_answer_that_is_no_page_is_wrong(site, browser, body):
    site.pages["/nowhere"] = (404, {}, body)
    with pytest.raises(Wrong, match=r"^GET /nowhere answered 404; expected a web page$"):
        browser.open("/nowhere")


def test_pages_know_nothing_of_each_other(site, browser):
    site.pages["/"] = """<script>document.write(document.cookie + localStorage.length);
        document.cookie = "seen=yes"; localStorage.seen = "yes"</script>"""
    assert [browser.open("/").text, browser.open("/").text] == ["0", "0"]


def test_a_page_that_crashes_is_wrong_and_the_next_opens(site, browser):
    site.pages["/"] = "<p>here</p>"
    page = browser.open("/")
    with pytest.raises(Wrong, match="gone: the page crashed"):
        page.ask(crash, "gone")
    assert browser.open("/").shows("here")


def crash(sheet):
    session = sheet.context.new_cdp_session(sheet)
    sheet.on("console", lambda _: session.send("Page.crash"))  # in its own thread of control: no answer comes
    sheet.evaluate("console.log('now')")
    sheet.wait_for_timeout(2000)
    sheet.evaluate("1")


def test_a_picture_is_kept_of_what_failed(site, browser_to, tmp_path):
    site.pages["/"] = "<p>here</p>"
    browser = browser_to(site.url, tmp_path)
    page = browser.open("/")
    assert page.shows("here")
    assert list(tmp_path.iterdir()) == []
    page.patience = 0.3
    with pytest.raises(Wrong):
        page.shows("there")
    assert [file.name for file in tmp_path.iterdir()] == ["a-check.png"]
    assert (tmp_path / "a-check.png").read_bytes().startswith(b"\x89PNG")
    browser.open("/")
    browser.close(failed=True)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a-check-2.png", "a-check.png"]


def test_nothing_listens_is_unreachable(browser_to, elsewhere):
    browser = browser_to(elsewhere.url)
    elsewhere.server._server.server_close()
    with pytest.raises(Unreachable, match="GET /: the connection failed: connection refused"):
        browser.open("/")
