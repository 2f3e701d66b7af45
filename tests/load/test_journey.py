"""Real journeys: locust as a process, against servers that behave and servers that do not."""

import os
import signal
import threading
import time

import pytest

from proveout.load.journal import JournalError, read
from proveout.load.journey import BudgetError
from proveout.providers.readiness import NotYet, probe
from proveout.safety.guard import Refused

NOT_PROVEN = pytest.skip.Exception
# On a busy machine the generator may be too late to blame the server: then nothing is proven.
NOT_PASSED = (BudgetError, NOT_PROVEN)


def test_a_server_that_behaves_keeps_its_budgets(visits_to, serving, budget_of, guard_of, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("LOCUST_RUN_TIME", "1")
    budget = budget_of(duration="3s")
    with serving() as server:
        guard = guard_of(server)
        visits = visits_to(server, budget=budget, guard=guard)
    assert [visit.error for visit in visits.journal.visits] == [""] * 120
    assert guard.requests == len(server.seen) == 4 * 120 + 3
    assert server.seen.count(("POST", "/api/run")) == 3
    assert visits.keeps(budget)
    said = visits.figures()
    assert (said["visits"], said["duration"]) == (120, 3)
    assert said["errors"]["count"] == 0
    assert said["p95"]["upper"] <= budget.p95


def test_a_server_that_fails_now_and_then_does_not_pass(visits_to, serving, budget_of):
    def fail_every_20th(handler, number):
        return handler.path == "/api/config" and number % 20 == 0 and handler.say(500, {"error": "broken"})

    budget = budget_of(error_share=0.001)
    with serving(fail_every_20th) as server:
        visits = visits_to(server, budget=budget)
    assert sum("GET /api/config answered 500" in visit.error for visit in visits.journal.visits) == 4
    with pytest.raises(NOT_PASSED, match="errors: 4 of 80 visits failed"):
        visits.keeps(budget)


def test_a_slow_server_does_not_pass(visits_to, serving, budget_of):
    def wait(handler, _number):
        if handler.path == "/api/config":
            time.sleep(0.8)

    budget = budget_of(p95="500ms")
    with serving(wait) as server:
        visits = visits_to(server, budget=budget)
    assert all(visit.latency > 0.8 for visit in visits.journal.visits)
    with pytest.raises(NOT_PASSED, match=r"p95: between .* the budget is 500 ms.* went to GET /api/config"):
        visits.keeps(budget)


def test_a_server_that_answers_nothing_in_particular_fails_every_visit(visits_to, serving, budget_of):
    budget = budget_of()
    with serving(lambda handler, _number: handler.say(200, {})) as server:
        visits = visits_to(server, budget=budget)
    assert all("answered something else than asked for: b'{}'" in v.error for v in visits.journal.visits)
    with pytest.raises(NOT_PASSED, match="errors: 80 of 80 visits failed"):
        visits.keeps(budget)


def test_a_server_that_freezes_shows_it_in_the_latency(visits_to, serving, budget_of):
    """A closed loop would have asked less often meanwhile: one slow answer for each of its users."""

    def freeze(_handler, _number):
        time.sleep(
            max(0.0, server.first + 2 - time.monotonic()) if time.monotonic() > server.first + 1 else 0
        )

    budget = budget_of(duration="3s", p95="400ms")
    with serving(freeze) as server:
        visits = visits_to(server, budget=budget)
    latencies = sorted(visit.latency for visit in visits.journal.visits)
    assert len(latencies) == 120
    # 40 visits are due in the second of the freeze; those of its first 0.6 s wait longer than 0.4 s.
    assert sum(latency > 0.4 for latency in latencies) >= 20
    assert latencies[int(0.99 * len(latencies)) - 1] > 0.8
    with pytest.raises(NOT_PASSED, match="p95: between"):
        visits.keeps(budget)


def test_a_hostile_server_is_bounded_and_named(visits_to, serving, budget_of, guard_of):
    def misbehave(handler, number):
        kind = number % 4
        handler.close_connection = True
        if kind == 0:  # shorter than it says
            handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}")
        elif kind == 1:
            handler.wfile.write(b"\x00\xff this is not HTTP \r\n\r\n")
        elif kind == 2:  # larger than the budget
            handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\n" + b" " * 200000)
        else:  # never silent, never done
            handler.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
            for _ in range(100):
                handler.wfile.write(b" ")
                time.sleep(0.1)
        return True

    budget = budget_of(duration="1s", rate=20)
    with serving(misbehave) as server:
        visits = visits_to(server, budget=budget, guard=guard_of(server, answer="2s", body="100kB"))
    errors = [visit.error for visit in visits.journal.visits]
    assert all(error.startswith("GET /api/health got no answer: ") for error in errors)
    assert sum("no complete answer within 2 s" in error for error in errors) == 5
    assert sum("larger than the budget of 100000 bytes" in error for error in errors) == 5
    with pytest.raises(NOT_PASSED, match="errors: 20 of 20 visits failed"):
        visits.keeps(budget)


def test_redirects_are_answers_and_not_followed(visits_to, serving, budget_of):
    budget = budget_of(duration="1s")
    with serving() as elsewhere:
        leave = {"location": f"{elsewhere.url}/api/health"}
        with serving(lambda handler, _number: handler.say(302, {}, **leave)) as server:
            visits = visits_to(server, budget=budget)
    assert elsewhere.seen == []
    assert all("GET /api/health answered 302" in visit.error for visit in visits.journal.visits)


def test_the_guard_refuses_whatever_a_locustfile_tries(visits_to, serving, budget_of, guard_of, tmp_path):
    with serving() as elsewhere, serving() as server:
        locustfile = tmp_path / "locustfile.py"
        locustfile.write_text(f"""
from proveout.load.users import Visitor

class Curious(Visitor):
    def visit(self, number):
        if number % 2:
            self.client.get("{elsewhere.url}/api/health")
        else:
            self.client.delete("/api/problems/sum")
""")
        guard = guard_of(server)
        with pytest.raises(Refused):
            visits_to(server, budget=budget_of(rate=4, duration="1s"), guard=guard, locustfile=locustfile)
    assert elsewhere.seen == server.seen == []
    assert len(guard.refusals) == 4
    assert sum(f"is not the target {server.url}" in refusal for refusal in guard.refusals) == 2
    assert (
        sum("DELETE /api/problems/sum is neither reading nor" in refusal for refusal in guard.refusals) == 2
    )


def test_the_load_takes_no_more_requests_than_the_run_has_left(visits_to, serving, budget_of, guard_of):
    with serving() as server:
        guard = guard_of(server, requests=30)
        guard.requests = 20
        with pytest.raises(Refused, match="the run's budget of requests is used up"):
            visits_to(server, budget=budget_of(duration="1s"), guard=guard)
        assert len(server.seen) == 10
        assert guard.requests == 30


def test_a_locustfile_with_a_mistake_proves_nothing(visits_to, serving, budget_of, tmp_path):
    locustfile = tmp_path / "locustfile.py"
    locustfile.write_text("import no_such_module\n")
    with serving() as server:
        visits = visits_to(server, budget=budget_of(), locustfile=locustfile)
    with pytest.raises(NOT_PROVEN, match=r"left no journal; the load generator ended with .*no_such_module"):
        visits.keeps(budget_of())


def test_a_generator_that_is_killed_proves_nothing(visits_to, serving, budget_of, tmp_path):
    budget = budget_of(duration="60s")
    path = tmp_path / "journey" / "journal.jsonl"
    found = []
    with serving() as server:
        running = threading.Thread(target=lambda: found.append(visits_to(server, budget=budget)))
        running.start()

        def visited():
            lines = path.read_text().splitlines() if path.exists() else []
            if len(lines) < 20:
                raise NotYet(f"{len(lines)} lines")

        probe(visited, within=60)
        with pytest.raises(JournalError):
            read(path)
        pid = int(path.read_text().partition('"pid": ')[2].partition(",")[0])
        os.kill(pid, signal.SIGKILL)
        running.join(timeout=30)
    assert not running.is_alive()
    with pytest.raises(
        NOT_PROVEN, match=r"not proven: the journal .*; the load generator was ended by signal 9"
    ):
        found[0].keeps(budget)
