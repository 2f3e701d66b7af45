"""Locust users that visit by an order: guarded, on an absolute schedule, and with a journal.

Only a locustfile imports this module: locust patches sockets and threads on import.
"""

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gevent
from gevent.local import local
from gevent.pool import Group
from locust import FastHttpUser, task
from locust.exception import StopUser

from proveout.load.agent import GuardedAgent
from proveout.load.journal import End, Head, Visit, Writer
from proveout.load.order import VARIABLE, Order
from proveout.load.schedule import attend
from proveout.safety.guard import Refused

OK = 200
BROKEN = "the visit broke off by a mistake of the locustfile; locust.log has the traceback"
LEAD = 0.1  # seconds before the first visit is due, so that not even that one begins late


class UnfitError(Exception):
    """A visit did not get what it asked for; the text says which request and why.

    `overdue` says that it is about time alone.
    """

    def __init__(self, text: str, *, overdue: bool = False) -> None:
        super().__init__(text)
        self.overdue = overdue


class GuardedUser(FastHttpUser):
    """A locust user whose every request passes the guard."""

    abstract = True

    def __init__(self, environment: Any) -> None:
        self.order = Order.load(Path(os.environ[VARIABLE]))
        self.host = self.order.url
        super().__init__(environment)
        self.agent = GuardedAgent(self.order)
        self.client.client = self.agent
        self._visit = local()

    def may(self, method: str, path: str) -> bool:
        """Return whether the policy lets a request out."""
        policy = self.order.policy
        objection = policy.objection(
            self.order.effect,
            method,
            scheme=policy.scheme,
            host=policy.host,
            port=policy.port,
            path=policy.base + path,
        )
        return objection is None

    def ask(
        self, method: str, path: str, *, fits: Callable[[Any], bool], name: str = "", content: object = None
    ) -> Any:
        """Send one request and return the answer's JSON.

        `fits` says whether the JSON is what was asked for: a status alone is no answer. `name` stands for
        the path in the journal where paths are many; `content` is sent as JSON.

        Raises:
            UnfitError: no answer, another status than 200, not JSON, or not what was asked for.
            Refused: the guard did not let the request out.
        """
        name = f"{method} {name or path}"
        begun = time.monotonic()
        try:
            with self.client.request(method, path, name=name, json=content, catch_response=True) as reply:
                complaint, answer = _read(reply, fits)
                if complaint:
                    # Locust keeps every different text for ever, so it is told a short one.
                    reply.failure(complaint.partition(":")[0])
        finally:
            self._steps[name] = self._steps.get(name, 0.0) + time.monotonic() - begun
        if complaint:
            overdue = isinstance(getattr(reply, "error", None), TimeoutError)
            raise UnfitError(f"{name} {complaint}", overdue=overdue)
        return answer

    @property
    def _steps(self) -> dict[str, float]:
        steps: dict[str, float] = self._visit.__dict__.setdefault("steps", {})
        return steps


class Visitor(GuardedUser):
    """All visitors of one journey, as one locust user: they arrive by the schedule and never wait in line.

    A subclass says in `visit` what one visitor does.
    """

    abstract = True

    def visit(self, number: int) -> None:
        """Visit once.

        Raises:
            UnfitError: something was not as it should be; the visit ends there.
        """
        raise NotImplementedError

    @task
    def journey(self) -> None:
        """Let all visitors arrive, wait for the last ones, write the journal's end, and stop locust."""
        order = self.order
        began = datetime.now(UTC).isoformat(timespec="milliseconds")
        with Writer(Path(order.journal), Head(os.getpid(), began)) as journal:
            attendance = _Attendance(self, journal)
            attend(
                order.schedule,
                attendance.begin,
                clock=time.monotonic,
                pause=gevent.sleep,
                arrive=attendance.arrive,
            )
            attendance.see_off()
            journal.end(
                End(attendance.visits, self.agent.requests, tuple(self.agent.refused), attendance.broken)
            )
        gevent.spawn(self.environment.runner.quit)
        raise StopUser


class _Attendance:
    """The visits that are under way, and how each ended."""

    def __init__(self, visitor: Visitor, journal: Writer) -> None:
        self.visitor = visitor
        self.journal = journal
        self.begin = time.monotonic() + LEAD
        self.visits = 0
        self.broken = 0
        self._under_way = Group()

    def arrive(self, number: int, due: float) -> None:
        """Begin a visit, or write down that it could not: so many at once are a load nobody ordered."""
        most = self.visitor.order.in_flight
        if len(self._under_way) >= most:
            error = f"not begun: {most} visits were still under way, the most the budget allows"
            self._note(Visit(number, due - self.begin, None, self._now(), error, overdue=True))
            return
        self._under_way.spawn(self._visit, number, due - self.begin)

    def see_off(self) -> None:
        """Wait for the visits under way as long as one answer may take, then end them as failed."""
        patience = self.visitor.order.answer
        self._under_way.join(timeout=patience)
        error = f"the visit had not ended {patience:g} s after the last one was due"
        self._under_way.kill(UnfitError(error, overdue=True))

    def _visit(self, number: int, due: float) -> None:
        begun = self._now()
        error, overdue = BROKEN, False
        try:
            self.visitor.visit(number)
            error = ""
        except UnfitError as reason:
            error, overdue = str(reason), reason.overdue
        except Refused as reason:
            error = str(reason)
        finally:  # any other exception goes on, and locust logs it; here it only must not count as a pass
            self.broken += error is BROKEN
            steps = {name: round(seconds, 6) for name, seconds in self.visitor._steps.items()}  # noqa: SLF001
            self._note(Visit(number, due, begun, self._now(), error, overdue, steps))

    def _note(self, visit: Visit) -> None:
        self.visits += 1
        self.journal.note(visit)

    def _now(self) -> float:
        return time.monotonic() - self.begin


def _read(reply: Any, fits: Callable[[Any], bool]) -> tuple[str, Any]:
    """Return what is wrong with an answer (empty: nothing) and its JSON."""
    if error := getattr(reply, "error", None):
        return f"got no answer: {error}"[:200], None
    body: bytes = reply.content or b""
    said = f"{body[:80]!r}" if body else "an empty body"
    if reply.status_code != OK:
        return f"answered {reply.status_code}: {said}", None
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return f"answered what is not JSON: {said}", None
    return ("", answer) if fits(answer) else (f"answered something else than asked for: {said}", None)
