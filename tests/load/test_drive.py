"""A worker drives its part of a segment: on an absolute schedule, counted exactly, and to a known end."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

from machinery.generator import Worker, order, profile
from proveout.load.profile import Part
from proveout.load.schedule import Schedule
from proveout.providers.readiness import NotYet, probe

GETS = """
from locust import task
from proveout.load.users import GuardedUser

class Getter(GuardedUser):
    @task
    def gets(self):
        self.ask("GET", f"/api/health?{self.number}", name="/api/health", fits=lambda answer: True)
"""
GETTER = ("getter",)
TELLS = """
from locust import task
from proveout.load.users import GuardedUser

class Teller(GuardedUser):
    @task
    def tells(self):
        with self.client.get("/api/health", name="/of\\x1b[2J\\nsomebody", catch_response=True) as reply:
            reply.failure(reply.text)
        raise ValueError(reply.text)
"""
ESCAPES = "\x1b[2J\x9b31m\r\nall is\n\x07well"


def healthy(handler, _number):
    return handler.say(200, {"status": "healthy"})


def test_every_visit_takes_its_steps_and_every_request_is_counted(driven, serving):
    with serving() as server:
        left = driven(server, profile(rate=30, seconds=3, window=1))
        seen = server.seen
    assert (left.end.why, left.end.windows, left.code) == ("complete", 3, 0)
    assert [(window.begin, window.end) for window in left.windows] == [(0, 1), (1, 2), (2, 3)]
    assert [window.due for window in left.windows] == [30, 30, 30]
    assert left.sum("requests") == len(seen) == 450
    assert left.statuses == {"200": 450}
    assert left.names == [
        "GET /",
        "GET /api/config",
        "GET /api/health",
        "GET /api/problem/{id}",
        "GET /api/problems",
    ]
    assert {path for _, path in seen if "problem/" in path} == {
        "/api/problem/sum",
        "/api/problem/river%20crossing",
    }
    for name in left.names:
        waited, service = left.histogram(name), left.histogram(name, "service")
        assert waited.count == service.count == 90
        assert waited.quantile(0.5) >= service.quantile(0.5)
    assert left.findings == []


def test_programs_are_run_where_the_policy_lets_them(driven, serving):
    with serving() as server:
        left = driven(server, profile(rate=5, seconds=1, journeys=("ceesar.author",)))
    assert left.histogram("POST /api/run").count == 5
    assert left.errors("POST /api/run") == {}


def test_a_stalled_target_moves_no_arrival_and_the_wait_counts_from_when_it_was_due(driven, serving):
    seen = []

    def stalls(handler, _number):
        begun = time.monotonic()
        seen.append(begun)
        # Everybody who comes within a second of the tenth visitor waits until that second is over.
        while len(seen) >= 10 and time.monotonic() < seen[9] + 1.0:
            threading.Event().wait(0.01)
        return handler.say(200, {"status": "healthy"})

    with serving(stalls) as server:
        left = driven(server, profile(rate=50, seconds=4, journeys=GETTER), code=GETS)
    waited = left.histogram("GET /api/health")
    assert waited.count == 200
    assert left.sum("offered") == 200
    # A quarter of them met the stall, each a little later than the one before.
    assert waited.above(0.1) >= 40
    assert waited.quantile(0.99) >= 0.8


def test_those_who_find_too_many_before_them_are_dropped_and_counted(driven, serving):
    stop = threading.Event()

    def hangs(_handler, _number):
        stop.wait(20)
        return True

    with serving(hangs) as server:
        shape = profile(rate=20, seconds=2, journeys=GETTER, in_flight=5)
        left = driven(server, shape, code=GETS, answer=1.0)
        stop.set()
    assert left.sum("due") == 40
    assert left.sum("dropped") > 20
    assert left.sum("offered") == left.sum("requests") == 40 - left.sum("dropped")
    assert left.errors("GET /api/health") == {"got no complete answer in time": left.sum("requests")}
    assert left.histogram("GET /api/health").quantile(0.5) == float("inf")


def test_workers_share_the_arrivals_of_one_schedule(worker, serving):
    shape = profile(rate=40, seconds=2, journeys=GETTER, arrivals="poisson")
    expected = len(list(Schedule(shape).between(0, 2)))
    with serving(healthy) as server:
        both = [worker(server, shape, number=number, code=GETS, workers=2) for number in (0, 1)]
        for one in both:
            one.go(lead=1.0)
        left = [one.wait() for one in both]
        numbers = sorted(path for _, path in server.seen)
    assert [one.end.why for one in left] == ["complete", "complete"]
    assert left[0].sum("due") + left[1].sum("due") == expected
    assert min(one.sum("due") for one in left) > 0
    assert len(numbers) == len(set(numbers)) == expected


def test_one_who_is_asked_to_end_writes_what_it_has_and_the_next_goes_on_there(worker, serving):
    shape = profile(rate=40, seconds=6, journeys=GETTER, window=5, arrivals="poisson")
    expected = len(list(Schedule(shape).between(0, 6)))
    with serving(healthy) as server:
        first = worker(server, shape, code=GETS)
        first.go()
        probe(lambda: enough(server, 40), within=60)
        first.ask_to_end()
        begun = first.wait()
        reached = begun.windows[-1].end
        second = worker(server, shape, code=GETS, segment=2, start=reached)
        second.go()
        ended = second.wait()
        numbers = [path for _, path in server.seen]
    assert (begun.end.why, ended.end.why) == ("checkpoint", "complete")
    assert 0 < reached < 5
    assert begun.sum("due") + ended.sum("due") == expected
    assert len(numbers) == len(set(numbers)) == expected
    assert [window.end for window in ended.windows] == [5, 6]


def enough(server, count):
    if len(server.seen) < count:
        raise NotYet(len(server.seen))


def test_one_whose_supervisor_is_gone_ends_by_itself(serving, tmp_path):
    starts = """
import subprocess, sys
from pathlib import Path
process = subprocess.Popen(sys.argv[2:])
Path(sys.argv[1]).write_text(str(process.pid))
process.wait()
"""
    with serving(healthy) as server:
        (tmp_path / "journeys.py").write_text(GETS)
        wanted = order(
            server.url,
            tmp_path,
            profile(rate=20, seconds=600, journeys=GETTER, window=1),
            journeys=tmp_path / "journeys.py",
        )
        worker = Worker(wanted)
        wanted.save(tmp_path / "order-0001.json")
        log = (tmp_path / f"{worker.name}.log").open("wb")
        supervisor = subprocess.Popen(
            [
                *(sys.executable, "-c", starts, str(tmp_path / "pid"), sys.executable, "-m", "locust"),
                *("-f", str(worker.locustfile), "--headless", "--only-summary", "--users", "1"),
            ],
            env=os.environ | {"PROVEOUT_LOAD_ORDER": str(tmp_path / "order-0001.json")},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        worker.process = supervisor
        try:
            worker.go()
            worker.until(2)
            supervisor.kill()
            supervisor.wait()

            def ended():
                if worker.left().end is None:
                    raise NotYet("no end")

            probe(ended, within=60)
        finally:
            supervisor.kill()
            with contextlib.suppress(ProcessLookupError):
                os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    assert worker.left().end.why == "checkpoint"


def test_a_disk_without_room_ends_the_load_and_says_so(worker, serving):
    with serving(healthy) as server:
        one = worker(server, profile(rate=20, seconds=60, journeys=GETTER, window=1), code=GETS)
        (one.folder / "windows").rmdir()
        (one.folder / "windows").symlink_to("/dev/full")
        one.go()
        one.process.wait(timeout=60)
    assert one.process.returncode == 3
    assert "the load ended early (disk full)" in one.log


def test_personas_go_at_their_own_pace_and_stay_away_in_pauses(driven, serving):
    code = (
        GETS
        + """
from locust import SequentialTaskSet, constant

class Regular(GuardedUser):
    wait_time = constant(0.1)

    @task
    class Round(SequentialTaskSet):
        @task
        def first(self):
            self.user.ask("GET", "/first", fits=lambda answer: True)

        @task
        def second(self):
            self.user.ask("GET", "/second", fits=lambda answer: True)
"""
    )
    journeys = (*GETTER, Part(journey="regular", personas=3))
    shape = profile(rate=5, seconds=4, journeys=journeys, window=1, idle=(4, 2))
    with serving(healthy) as server:
        left = driven(server, shape, code=code)
    first, second = left.histogram("GET /first").count, left.histogram("GET /second").count
    assert 3 <= second <= first <= second + 3
    assert first + second <= 3 * 2 / 0.1
    assert [window.idle for window in left.windows] == [False, False, True, True]
    assert left.windows[-1].requests == 0
    assert (left.sum("due"), left.end.why) == (10, "complete")


def test_what_strangers_say_cannot_write_on_a_terminal_or_a_line_of_its_own(driven, serving):
    def answers(handler, _number):
        return handler.say(500, ESCAPES)

    with serving(answers) as server:
        left = driven(server, profile(rate=4, seconds=1, journeys=("teller",)), code=TELLS)
    (window,) = left.windows
    assert window.broken == 4
    ((name, tally),) = window.names.items()
    said = [name, *tally.errors, *(finding.text for finding in left.findings)]
    assert len(said) == 3
    assert [text for text in said if not text.isprintable()] == []
    assert all("all is" in text for text in said[1:])
