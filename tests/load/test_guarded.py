"""Any locust user class of a team can be a journey: guarded, each request with a name, its errors counted."""

import threading

import pytest

from machinery.generator import profile

ONE = ("one",)
HEAD = """
from locust import FastHttpUser, HttpUser, task
from proveout.load.users import GuardedUser
"""
OTHERS = (
    HEAD
    + """
class Fast(FastHttpUser):
    def on_start(self):
        self.client.post("/login", name="/login", json={})

    @task
    def looks(self):
        self.client.get("/api/health", name="/health")
        self.client.get("/missing", name="/missing")
        with self.client.get("/missing", name="/expected", catch_response=True) as reply:
            if reply.status_code == 404:
                reply.success()

class Slow(HttpUser):
    def on_start(self):
        self.client.post("/login", name="/login", json={})

    @task
    def looks(self):
        self.client.get("/api/health", name="/health of requests")
        self.client.get("/missing", name="/missing of requests")
"""
)


def other(handler, _number):
    if handler.path == "/login":
        return handler.say(200, {}, **{"set-cookie": "session=7"})
    if handler.path == "/missing":
        return handler.say(404, {})
    cookie = handler.headers.get("cookie", "")
    return handler.say(200 if cookie == "session=7" else 401, {})


def test_users_of_both_clients_are_driven_as_they_are(driven, serving):
    shape = profile(rate=30, seconds=2, journeys=("fast", "slow"))
    # Logging in is a POST, which the policy must allow.
    with serving(other) as server:
        left = driven(server, shape, code=OTHERS, effect="writes")
    assert (left.end.why, left.sum("broken")) == ("complete", 0)
    fast, slow = left.histogram("GET /health"), left.histogram("GET /health of requests")
    assert (fast.count + slow.count, fast.failed, slow.failed) == (60, 0, 0)
    assert min(fast.count, slow.count) > 10
    assert left.errors("GET /missing") == {"answered 404": fast.count}
    assert left.errors("GET /missing of requests") == {"answered 404": slow.count}
    assert left.histogram("GET /expected").failed == 0
    # Each user starts once, and there are no more users than were ever under way.
    assert left.histogram("POST /login").count < 20


@pytest.mark.parametrize("kind", ["FastHttpUser", "HttpUser"])
@pytest.mark.parametrize(
    ("does", "said"),
    [
        ('get("{elsewhere}/x", name="/x")', "is not the target"),
        ('get("/redirect", name="/x")', "is not the target"),
        ('delete("/api/problems/sum", name="/x")', "neither reading nor a synthetic call"),
    ],
)
def test_what_the_policy_does_not_allow_is_not_sent_and_ends_the_load(driven, serving, kind, does, said):
    with serving(healthy) as elsewhere:

        def redirects(handler, _number):
            return handler.say(302, {}, location=f"{elsewhere.url}/x")

        code = (
            HEAD
            + f"""
class One({kind}):
    @task
    def does(self):
        self.client.{does.format(elsewhere=elsewhere.url)}
"""
        )
        with serving(redirects) as server:
            left = driven(server, profile(rate=5, seconds=1, journeys=ONE), code=code)
        assert elsewhere.seen == []
        assert [method for method, _ in server.seen if method == "DELETE"] == []
    if "redirect" in does and kind == "FastHttpUser":
        assert left.statuses == {"302": 5}  # this client follows none
    else:
        assert (left.end.why, left.code) == ("refused", 3)
        assert said in left.end.text
        assert said in left.windows[-1].refused[0]


def healthy(handler, _number):
    return handler.say(200, {"status": "healthy"})


def test_the_load_sends_no_more_requests_than_it_may(driven, serving):
    with serving() as server:
        left = driven(server, profile(rate=20, seconds=2), requests=30)
        assert len(server.seen) == 30
    assert left.end.why == "refused"
    assert "the run's budget of requests is used up (30 were left for the load)" in left.end.text


def test_requests_without_a_name_and_other_mistakes_of_a_journey_are_told_and_counted(driven, serving):
    code = (
        HEAD
        + """
class One(FastHttpUser):
    @task
    def forgets_the_name(self):
        self.client.get(f"/api/problem/{self.number}")

    @task
    def stumbles(self):
        {}["nothing"]
"""
    )
    with serving(healthy) as server:
        left = driven(server, profile(rate=30, seconds=1, journeys=ONE), code=code)
        assert server.seen == []
    assert (left.end.why, left.sum("broken"), left.sum("due")) == ("complete", 30, 30)
    texts = [finding.text for finding in left.findings]
    assert any('write self.client.get("/api/problem/' in text and "name=" in text for text in texts)
    assert any("KeyError" in text for text in texts)
    assert len(texts) <= 20


def test_names_errors_and_windows_are_bounded_whatever_a_journey_does(driven, serving):
    code = (
        HEAD
        + """
import uuid

class One(FastHttpUser):
    @task
    def is_never_the_same(self):
        one = uuid.uuid4().hex
        with self.client.get(f"/{one}", name=f"/{one}", catch_response=True) as reply:
            reply.failure(f"{one} is wrong")
        with self.client.get(f"/{one}", name="/same", catch_response=True) as reply:
            reply.failure(f"{one} is wrong")
"""
    )
    with serving(healthy) as server:
        left = driven(server, profile(rate=130, seconds=2, journeys=ONE), code=code)
    assert left.sum("requests") == 520
    assert len(left.names) == 201
    assert left.histogram("(other names)").count == 260 - 199
    assert all(len(tally.errors) <= 12 for window in left.windows for tally in window.names.values())
    assert sum(left.errors("GET /same").values()) == 260
    assert left.errors("GET /same")["other errors"] >= 200
    assert "more than 200 names" in left.findings[0].text


def test_answers_that_do_not_fit_are_failures_of_their_kind(driven, serving):
    def odd(handler, number):
        if number % 4 == 0:
            return handler.say(500, {"error": f"number {number}"})
        if number % 4 == 1:
            return handler.say(200, "not json")
        if number % 4 == 2:
            return handler.say(200, {"status": "unwell"})
        return handler.say(200, {"status": "healthy", "environment": "gamma"})

    code = (
        HEAD
        + """
class One(GuardedUser):
    @task
    def asks(self):
        self.ask("GET", "/api/health", fits=lambda answer: answer["status"] == "healthy")
"""
    )
    with serving(odd) as server:
        left = driven(server, profile(rate=40, seconds=1, journeys=ONE), code=code)
    assert left.errors("GET /api/health") == {
        "answered 500": 10,
        "answered something else than asked for": 10,
        "answered what cannot be read": 10,
    }
    assert left.statuses == {"200": 30, "500": 10}
    assert left.histogram("GET /api/health").failed == 30


def test_too_large_and_endless_answers_are_failures(driven, serving):
    def flood(handler, number):
        if number % 2:
            return handler.say(200, "x" * 100_000)
        handler.send_response(200)
        handler.send_header("content-length", "1000")
        handler.end_headers()
        for _ in range(30):
            handler.wfile.write(b"x")
            threading.Event().wait(0.1)
        return True

    code = (
        HEAD
        + """
class One(FastHttpUser):
    @task
    def looks(self):
        self.client.get("/a", name="/a")

class Two(HttpUser):
    @task
    def looks(self):
        self.client.get("/b", name="/b")
"""
    )
    with serving(flood) as server:
        left = driven(
            server, profile(rate=12, seconds=1, journeys=("one", "two")), code=code, body=50_000, answer=0.5
        )
    assert left.sum("requests") == 12
    for name in ("GET /a", "GET /b"):
        assert left.histogram(name).failed == left.histogram(name).count > 0
    assert left.errors("GET /a").keys() <= {"got no complete answer in time", "got no answer (TooLargeError)"}
