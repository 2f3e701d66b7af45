"""The recorder: counts what one worker does, window by window, in a size that no number of requests changes.

Only what runs within locust imports this module.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import gevent
from locust.exception import CatchResponseError

from proveout.load.histogram import Histogram
from proveout.load.line import KINDS, Tally, Window
from proveout.load.order import Order
from proveout.model.wording import in_line

NAMES = 200  # different names of requests that a worker tells apart
OTHERS = "(other names)"
OTHER_ERRORS = "other errors"
PUNCTUAL = 1.0  # seconds; a visit that begins later belongs to another load than the one that was ordered
TEXTS = 20  # different mistakes of journeys that are told
_LONGEST = 120  # characters of an error, or of a name
_TOLD = 500  # characters of what a person should know


@dataclass
class _Asked:
    """What became of the requests of one name."""

    service: Histogram = field(default_factory=Histogram)
    waited: Histogram = field(default_factory=Histogram)
    errors: Counter[str] = field(default_factory=Counter)

    def failed(self, kind: str) -> None:
        self.service.fail()
        known = kind in self.errors or len(self.errors) < KINDS - (OTHER_ERRORS not in self.errors)
        self.errors[kind if known else OTHER_ERRORS] += 1


@dataclass
class _Page:
    """The window that is open."""

    number: int
    begin: float
    due: int = 0
    offered: int = 0
    dropped: int = 0
    broken: int = 0
    requests: int = 0
    lag: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    names: dict[str, _Asked] = field(default_factory=dict)


class Recorder:
    """Listens to locust's requests and to the arrivals; `tell` hears, once, what a person should know."""

    def __init__(self, order: Order, worker: int, tell: Callable[[str], None]) -> None:
        self._order = order
        self._worker = worker
        self._tell = tell
        self._page = _Page(0, order.start)
        self._labels: dict[tuple[str, str], str] = {}
        self._names: set[str] = set()
        self._told: set[str] = set()

    @property
    def begin(self) -> float:
        """Return the position of profile time at which the open window begins."""
        return self._page.begin

    @property
    def windows(self) -> int:
        """Return how many windows were closed."""
        return self._page.number

    def arrived(self) -> None:
        """Count an arrival whose time has come; what becomes of it is said by `begun` or `dropped`."""
        self._page.due += 1

    def begun(self, late: float) -> None:
        """Count a visit that begins now, so many seconds after it was due."""
        self._page.offered += late <= PUNCTUAL

    def dropped(self, late: float) -> None:
        """Count an arrival that found too many visits under way, so many seconds after it was due."""
        self._page.dropped += late <= PUNCTUAL

    def broke(self, text: str) -> None:
        """Count a visit that a mistake of its journey cut short."""
        self._page.broken += 1
        self._once(text)

    def lagged(self, seconds: float) -> None:
        """Note how late the loop of this process was."""
        self._page.lag = max(self._page.lag, seconds)

    def on_request(
        self,
        request_type: str,
        name: str,
        response_time: float | None = None,
        response: Any = None,
        exception: BaseException | None = None,
        **_: Any,
    ) -> None:
        """Count a request; locust fires this in the visit that sent it."""
        page, label = self._page, self._label(request_type, name)
        asked = page.names.get(label)
        if asked is None:
            asked = page.names[label] = _Asked()
        page.requests += 1
        status = getattr(response, "status_code", 0)
        if status:
            page.statuses[status] += 1
        if exception is not None:
            asked.failed(_kind(exception, status))
            return
        seconds = (response_time or 0.0) / 1000
        asked.service.add(seconds)
        visit = gevent.getcurrent()
        late = getattr(visit, "late", 0.0)
        if late:
            visit.late = 0.0  # only the first request of a visit waited for it to begin
        asked.waited.add(seconds + late)

    def close(self, end: float, *, at: float, idle: bool, cpu: float, refused: tuple[str, ...]) -> "Closed":
        """Close the window at a position of profile time, and open the next."""
        page = self._page
        self._page = _Page(page.number + 1, end)
        order = self._order
        head = {
            "segment": order.segment,
            "worker": self._worker,
            "number": page.number,
            "profile": order.digest,
            "begin": page.begin,
            "end": end,
            "at": at,
            "due": page.due,
            "offered": page.offered,
            "dropped": page.dropped,
            "broken": page.broken,
            "requests": page.requests,
            "refused": tuple(in_line(text, _TOLD) for text in refused),
            "statuses": {str(status): count for status, count in sorted(page.statuses.items())},
            "cpu": cpu,
            "lag": page.lag,
            "idle": idle,
        }
        return Closed(head, page.names)

    def _label(self, method: str, name: str) -> str:
        """Return "METHOD name"; beyond so many different ones they are all the same."""
        label = self._labels.get((method, name))
        if label is not None:
            return label
        label = in_line(name if name.startswith(f"{method} ") else f"{method} {name}", _LONGEST)
        if label not in self._names:
            if len(self._names) >= NAMES:
                self._once(
                    f"the journeys use more than {NAMES} names of requests (the next one: {label}); "
                    f'the rest is "{OTHERS}": write name="/problem/{{id}}" where a path holds an id'
                )
                return OTHERS
            self._names.add(label)
        if len(self._labels) < 2 * NAMES:  # long names may differ only in what is cut off
            self._labels[method, name] = label
        return label

    def _once(self, text: str) -> None:
        text = in_line(text, _TOLD)
        if text not in self._told and len(self._told) < TEXTS:
            self._told.add(text)
            self._tell(text)


@dataclass(frozen=True)
class Closed:
    """A window that nothing is added to any more, not yet written as text."""

    head: dict[str, Any]
    names: dict[str, _Asked]

    def parts(self) -> Iterator[tuple[str, Tally]]:
        """Yield the tallies one by one: a caller can let others go on in between."""
        for name, asked in sorted(self.names.items()):
            yield (
                name,
                Tally(
                    count=asked.service.count,
                    failed=asked.service.failed,
                    service=asked.service.encode() if asked.service.answered else "",
                    waited=asked.waited.encode() if asked.waited.answered else "",
                    errors=dict(asked.errors),
                ),
            )

    def window(self, tallies: dict[str, Tally]) -> Window:
        """Return the line for the ledger."""
        return Window(**self.head, names=tallies)


def _kind(error: BaseException, status: int) -> str:
    """Name an error so that errors of one kind have one name."""
    if isinstance(error, CatchResponseError):
        text = str(error).partition(": ")[0]
    elif status:
        text = f"answered {status}"
    elif isinstance(error, ConnectionRefusedError):
        text = "refused the connection"
    elif isinstance(error, TimeoutError):
        text = "got no complete answer in time"
    else:
        text = f"got no answer ({type(error).__name__})"
    return in_line(text, _LONGEST) or "failed"
