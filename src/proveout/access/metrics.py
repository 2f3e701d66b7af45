"""The metrics of a target, in the Prometheus exposition format."""

from collections.abc import Mapping
from dataclasses import dataclass

from proveout.access.answer import Answer, Wrong
from proveout.access.exposition import Reader, Sample
from proveout.access.http import Http

PATH = "/metrics"
ACCEPT = {"accept": "text/plain;version=0.0.4, text/plain;q=0.5, */*;q=0.1"}


@dataclass(frozen=True, repr=False)
class Page:
    """One answer of the metrics listener, read whole: its samples, and the type of each family."""

    answer: Answer
    samples: tuple[Sample, ...]
    types: Mapping[str, str]

    def total(self, name: str, **labels: str) -> float:
        """Return the sum of all samples of that name with these labels, 0 without one."""
        return sum(s.value for s in self.samples if s.name == name and labels.items() <= s.labels.items())


class Metrics:
    """Reads the metrics listener of one target."""

    def __init__(self, http: Http) -> None:
        self.http = http

    def page(self) -> Page:
        """Return what the listener says now.

        Raises:
            Wrong: it is not 200, not in the exposition format, or without a single sample.
        """
        __tracebackhide__ = True
        answer = self.http.get(PATH, headers=ACCEPT).ok()
        reader = Reader()
        try:
            reader.read(answer.body.decode("utf-8"))
        except ValueError as error:
            raise Wrong(f"{answer}; expected metrics in the Prometheus format ({error})") from None
        if not reader.samples:
            raise Wrong(f"{answer}; expected metrics, there is not a single sample")
        return Page(answer, tuple(reader.samples), reader.types)
