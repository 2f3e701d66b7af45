"""The drive: one worker's way through one segment of a profile, from the first arrival to its last line.

Only what runs within locust imports this module: locust patches sockets and threads on import.
"""

import math
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import gevent
from gevent.event import Event
from locust import User

from proveout.load.allowance import Allowance
from proveout.load.crowd import ANSWERED_BADLY, ENDED, Crowd, Role
from proveout.load.guarded import Guarded
from proveout.load.journal import Journal
from proveout.load.journeys import find, named, require_guardable, require_single_tasks
from proveout.load.line import NEAR
from proveout.load.order import Order
from proveout.load.personas import Personas
from proveout.load.pulse import Pulse
from proveout.load.recorder import Recorder
from proveout.load.schedule import Arrival, Schedule
from proveout.load.signs import Signs
from proveout.model.mistake import UserError

SOON = 2.0  # seconds; a window that ends within them is waited for by one who was asked to end
NAP = 0.25  # seconds; how late one hears that one is to end
BREATH = 0.02  # seconds that one who is late goes on without letting others
FAREWELL = 2.0  # seconds for what is under way when one was asked to end
NOBODY = 1e-6  # arrivals; a time with fewer is a pause
FOREVER = 86_400.0  # seconds; whoever sleeps as long is woken by being stopped

Why = Literal["complete", "checkpoint", "disk full", "refused", "broken"]


class Drive:
    """Lets the crowd arrive on an absolute schedule and closes the windows in between.

    Whatever is late is late: no arrival waits for another, and none is left out.
    """

    def __init__(self, environment: Any, order: Order, worker: int) -> None:
        self.ended = Event()
        self._order = order
        self._worker = worker
        self._asked = False
        self._last = math.inf  # profile time at which to end
        self._napped = -math.inf  # of the clock, when others went on
        self._allowance = Allowance(order)
        self._journal = Journal(Path(order.folder), order.segment, worker)
        self._recorder = Recorder(order, worker, self._journal.found)
        self._schedule = Schedule(order.profile)
        self._guarded = Guarded(environment, self._allowance, self._pause)
        self._personas = Personas(self._guarded, self._recorder)
        self._pulse = Pulse(self._recorder.lagged, self.ask_to_end)
        self._epoch = math.inf  # of the world, at the begin of the segment; not known yet
        self._origin = math.inf  # of the clock, at profile time 0; not known yet
        environment.events.request.add_listener(self._recorder.on_request)
        environment.events.user_error.add_listener(self._on_error)

    def ask_to_end(self) -> None:
        """Have the drive end soon, with a window of what it has, so that it can be gone on with."""
        if not self._asked:
            here = self._here()
            end = next(self._ends(max(here, self._order.start)))
            self._last = end if end - here < SOON else here
            self._asked = True

    def run(self) -> Why:
        """Drive, and write the last line whatever happens."""
        why: Why = "broken"
        text = "the generator broke off; its log has the traceback"
        try:
            why, text = self._drive()
        except UserError as error:
            text = str(error)
        except gevent.GreenletExit:  # locust ends its users when their master is gone
            why, text = "checkpoint", "locust ended it"
            self._leave()
        finally:
            self._pulse.stop()
            self._journal.end(why, text)
            if self._journal.trouble or why not in {"complete", "checkpoint"}:
                with suppress(OSError):  # the log may lie on the disk that is full
                    sys.stderr.write(f"the load ended early ({why}): {self._journal.trouble or text}\n")
            self.ended.set()
        return "disk full" if self._journal.trouble else why

    def _drive(self) -> tuple[Why, str]:
        order = self._order
        crowd, people = self._cast()
        if not self._synchronised():
            return "checkpoint", ""
        self._pulse.cpu()  # what it took to begin is no part of the first window
        self._nap(self._origin + order.start)
        self._personas.begin(people)
        for position, arrival in self._steps():
            self._nap(self._origin + position)
            stopped = self._stopped()
            if arrival is not None and stopped is None:
                crowd.arrive(arrival.number, self._origin + arrival.due)
            elif stopped is not None:
                self._leave(crowd)
                return stopped
            else:
                gevent.sleep(0)  # whoever has arrived begins in the window that counts the arrival
                self._close(position)
        self._nap(self._origin + order.until)
        self._see_off(crowd)
        self._close(order.until)
        refused = self._allowance.refused
        return ("refused", refused[0]) if refused else ("complete", "")

    def _cast(self) -> tuple[Crowd, list[type[User]]]:
        """Return who arrives, and the classes of this worker's personas."""
        order = self._order
        classes = find(Path(order.journeys))
        roles: list[tuple[Role, float]] = []
        people: list[type[User]] = []
        for part in order.profile.mix(order.system).journeys:
            kind = named(part.journey, classes)
            require_guardable(part.journey, kind)
            if part.share is not None:
                require_single_tasks(part.journey, kind)
                roles.append((Role(kind, self._guarded), part.share))
            else:
                people += [kind] * (part.personas or 0)
        most = -(-order.profile.in_flight // order.workers)
        crowd = Crowd(roles, self._recorder, seed=order.profile.seed, most=most)
        return crowd, people[self._worker :: order.workers]

    def _synchronised(self) -> bool:
        """Find out when the segment begins; False if one was asked to end before."""
        order = self._order
        signs = Signs(Path(order.folder), order.segment)
        ready = signs.ready(self._worker)
        ready.parent.mkdir(exist_ok=True)
        ready.touch()
        while not signs.go.exists():
            if self._asked:
                return False
            gevent.sleep(0.05)
        self._epoch = float(signs.go.read_text(encoding="ascii"))
        # Once, so that a clock that is set meanwhile moves nothing.
        self._origin = time.monotonic() + (self._epoch - time.time()) - order.start
        return True

    def _steps(self) -> Iterator[tuple[float, Arrival | None]]:
        """Yield arrivals, and the ends of windows (None) but for the last, in the order they are due."""
        order = self._order
        ends = self._ends(order.start)
        end = next(ends)
        for arrival in self._schedule.between(
            order.start, order.until, worker=self._worker, workers=order.workers
        ):
            while arrival.due >= end:
                yield end, None
                end = next(ends)
            yield arrival.due, arrival
        while end < order.until:
            yield end, None
            end = next(ends)

    def _ends(self, start: float) -> Iterator[float]:
        """Yield where the windows after a position end."""
        order, length = self._order, self._order.profile.window
        number = int(start / length + 1e-9) + 1
        while number * length < order.until - NEAR:
            yield number * length
            number += 1
        yield order.until

    def _nap(self, until: float) -> None:
        """Sleep until a moment of the clock, or until there is a reason to stop; always let others go on."""
        now = time.monotonic()
        # Each time all visits under way have their turn: whoever is late cannot afford that for each arrival.
        if now >= until and now - self._napped > BREATH:
            gevent.sleep(0)
            self._napped = time.monotonic()
        while now < until and self._stopped() is None:
            gevent.sleep(min(until - now, NAP))
            now = self._napped = time.monotonic()

    def _stopped(self) -> tuple[Why, str] | None:
        if self._journal.trouble:
            return "disk full", self._journal.trouble
        if self._allowance.refused:
            return "refused", self._allowance.refused[0]
        if self._asked and self._here() >= self._last:
            return "checkpoint", ""
        return None

    def _leave(self, crowd: Crowd | None = None) -> None:
        """End in mid-way: nobody begins, what is under way has a moment, and the window ends here."""
        end = min(self._here(), self._last, self._order.until)
        self._allowance.closing = True
        self._personas.stop(FAREWELL)
        if crowd is not None:
            crowd.see_off(FAREWELL)
            crowd.kill(FAREWELL)
        if end > self._recorder.begin:
            self._close(end)

    def _see_off(self, crowd: Crowd) -> None:
        """Wait for the last visits as long as one answer may take; then they ask nothing more."""
        patience = self._order.answer
        self._personas.stop(FAREWELL)
        if not crowd.see_off(patience):
            self._allowance.closing = True
            crowd.see_off(patience)
        crowd.kill(FAREWELL)
        crowd.dismiss(patience)

    def _close(self, end: float) -> None:
        begin, rate = self._recorder.begin, self._schedule.rate
        closed = self._recorder.close(
            end,
            at=round(self._epoch + begin - self._order.start, 6),
            idle=rate.total(end) - rate.total(begin) < NOBODY,
            cpu=round(self._pulse.cpu(), 4),
            refused=tuple(self._allowance.refused),
        )
        self._journal.window(closed)

    def _here(self) -> float:
        return time.monotonic() - self._origin

    def _pause(self) -> float:
        """Return how many seconds personas must wait: the rest of a pause, or until they are stopped."""
        here, idle, left = self._here(), self._order.profile.idle, 0.0
        if idle and here % idle.every >= idle.every - idle.lasts:
            left = idle.every - here % idle.every
        return left if here + left < self._order.until - NEAR else FOREVER

    def _on_error(self, user_instance: Any, exception: BaseException, tb: Any, **_: Any) -> None:  # noqa: ARG002
        """Hear of a persona's mistake; locust lets it go on with the next task."""
        if not isinstance(exception, (*ANSWERED_BADLY, *ENDED)):
            self._recorder.broke(f"a visit broke off: {type(exception).__name__}: {exception}"[:500])
