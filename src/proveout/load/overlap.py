"""Overlap: how many spans of time lie on top of each other at the busiest moment."""

from collections.abc import Iterable
from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of time in seconds by one clock; the end is no longer part of it."""

    begin: float
    end: float


def overlap(spans: Iterable[Span]) -> int:
    """Return the largest number of spans that share a moment.

    One sweep over all edges in order of time. An end comes before a beginning at the same moment: spans
    that only touch do not overlap. A span without length shares no moment with anything.
    """
    edges = sorted(
        edge for span in spans if span.end > span.begin for edge in ((span.begin, 1), (span.end, -1))
    )
    most = running = 0
    for _, step in edges:
        running += step
        most = max(most, running)
    return most
