"""The metrics of a target, in the Prometheus exposition format."""

from collections.abc import Mapping
from dataclasses import dataclass

from proveout.access.answer import Answer, Wrong
from proveout.access.http import Http

PATH = "/metrics"


@dataclass(frozen=True)
class Sample:
    """One sample: the name as written, its labels, and the value."""

    name: str
    labels: Mapping[str, str]
    value: float


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
        # Only checks of metrics pay for the import.
        from prometheus_client.parser import text_string_to_metric_families  # noqa: PLC0415

        __tracebackhide__ = True
        answer = self.http.get(PATH).ok()
        samples: list[Sample] = []
        types: dict[str, str] = {}
        try:
            for family in text_string_to_metric_families(answer.body.decode("utf-8")):
                types[family.name] = family.type
                samples += [Sample(s.name, s.labels, s.value) for s in family.samples]
        except (ValueError, KeyError, IndexError) as error:  # what the parser raises for anything else
            raise Wrong(f"{answer}; expected metrics in the Prometheus format ({error})") from None
        if not samples:
            raise Wrong(f"{answer}; expected metrics, there is not a single sample")
        return Page(answer, tuple(samples), types)
