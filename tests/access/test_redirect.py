import pytest

from proveout.access.answer import Wrong


@pytest.fixture
def redirecting(wire, said):
    """A function that starts a server that redirects as a table says, and answers the rest."""

    def redirecting(**table):
        def manner(_connection, request):
            path = request.split(" ")[1]
            if path.lstrip("/") in table:
                return said(status="302 Found", location=table[path.lstrip("/")])
            return said(path.encode())

        return wire(manner)

    return redirecting


def test_an_answer_that_is_no_redirect_is_settled(redirecting, http_to):
    assert http_to(redirecting().url).settled("/x").body == b"/x"


def test_redirects_inside_the_target_are_followed(redirecting, http_to):
    server = redirecting(a="/b", b="c?x=1#y")
    answer = http_to(server.url).settled("/a")
    assert (answer.status, answer.body, answer.request) == (200, b"/c?x=1", "GET /c?x=1")
    server = redirecting()
    server.manner = redirecting(a=f"{server.url}/b").manner
    assert http_to(server.url).settled("/a").body == b"/b"


@pytest.mark.parametrize(
    "form", ["{url}/x", "//{host}/x", "{url}", "https://{host}/x", "http://user:pw@{host}/x"]
)
def test_what_lies_elsewhere_is_not_asked(wire, redirecting, http_to, form):
    elsewhere = wire()
    location = form.format(url=elsewhere.url, host=elsewhere.url.removeprefix("http://"))
    server = redirecting(a=location)
    http = http_to(server.url)
    answer = http.settled("/a")
    assert (answer.status, answer.headers["location"]) == (302, location)
    assert elsewhere.connections == 0
    assert server.asked == ["GET /a"]
    assert http.guard.refusals == []


@pytest.mark.parametrize("location", ["http://localhost:{port}/x", "https://127.0.0.1:{port}/x"])
def test_another_name_or_scheme_is_elsewhere(redirecting, http_to, location):
    server = redirecting()
    server.manner = redirecting(a=location.format(port=server.url.rpartition(":")[2])).manner
    assert http_to(server.url).settled("/a").status == 302
    assert server.asked == ["GET /a"]


@pytest.mark.parametrize(
    "location",
    ["http://[", "http://host:port/", "//[::1", "http://256.1.1.1/", "\x1b", "mailto:a@b", "javascript:1"],
)
def test_a_redirect_to_no_address_is_no_crash(redirecting, http_to, location):
    http = http_to(redirecting(a=location).url)
    try:
        said = str(http.settled("/a").status)
    except Wrong as error:
        said = str(error)
    assert said.isprintable()


def test_going_round_in_circles_ends(redirecting, http_to):
    server = redirecting(a="/b", b="/a")
    with pytest.raises(Wrong, match="GET /a: more than 5 redirects"):
        http_to(server.url).settled("/a")
    assert len(server.requests) == 6


def test_a_redirect_without_a_place_is_settled(wire, said, http_to):
    assert http_to(wire(said(status="304 Not Modified")).url).settled("/a").status == 304


def test_redirects_below_the_base_of_the_url_are_followed(redirecting, http_to):
    server = redirecting(**{"app/a": "/app/b", "app/b": "c"})
    assert http_to(f"{server.url}/app").settled("/a").body == b"/app/c"


def test_a_redirect_out_of_the_base_of_the_url_asks_no_other_place(redirecting, http_to):
    server = redirecting(**{"app/a": "/login"})
    http_to(f"{server.url}/app").settled("/a")
    assert server.asked in (["GET /app/a"], ["GET /app/a", "GET /login"])


def test_an_ordinary_request_follows_no_redirect(redirecting, http_to):
    server = redirecting(a="/b")
    assert http_to(server.url).get("/a").status == 302
    assert server.asked == ["GET /a"]
