"""The rate of a profile: arrivals per second at a position, and how many up to there, in closed form."""

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from proveout.load.profile import Idle, Phase, Profile

_STEPS = 80  # of the search for a position; a handful is enough but for curves that are nearly flat
_EXACT = 1e-9  # arrivals


@dataclass(frozen=True)
class _Piece:
    """A stretch of one phase without a pause; all in seconds of profile time and in arrivals."""

    begin: float
    end: float
    phase: Phase
    phase_begin: float
    before: float  # arrivals up to the begin
    after: float  # arrivals up to the end

    def at(self, position: float) -> float:
        phase, spent = self.phase, position - self.phase_begin
        rate = phase.rate + _slope(phase) * spent
        if phase.swing:
            rate += phase.swing * (1 - math.cos(2 * math.pi * spent / phase.period)) / 2
        return max(rate, 0.0)

    def total(self, position: float) -> float:
        begin, spent = self.begin - self.phase_begin, position - self.phase_begin
        return self.before + _integral(self.phase, spent) - _integral(self.phase, begin)


class Rate:
    """Arrivals per second over profile time; nobody arrives in a pause, before 0 and after the end."""

    def __init__(self, profile: Profile) -> None:
        self._pieces = list(_pieces(profile))
        self._begins = [piece.begin for piece in self._pieces]
        self._befores = [piece.before for piece in self._pieces]

    def at(self, position: float) -> float:
        """Return the arrivals per second at a position."""
        piece = self._piece(position)
        return piece.at(position) if piece and position < piece.end else 0.0

    def total(self, position: float) -> float:
        """Return how many arrivals there are up to a position, as a number with fractions."""
        piece = self._piece(position)
        return piece.total(min(position, piece.end)) if piece else 0.0

    def when(self, total: float) -> float:
        """Return the position at which the total passes a number; infinity if it never does.

        Where it stands still at that number, in a pause, that is the end of the pause.
        """
        index = bisect_right(self._befores, total) - 1
        if index < 0 or total >= self._pieces[-1].after:
            return math.inf if index >= 0 else 0.0
        piece = self._pieces[index]
        while total >= piece.after:  # a piece in which nobody arrives
            index += 1
            piece = self._pieces[index]
        return _solved(piece, total)

    def _piece(self, position: float) -> _Piece | None:
        index = bisect_right(self._begins, position) - 1
        return self._pieces[index] if index >= 0 else None


def _solved(piece: _Piece, total: float) -> float:
    """Find the position of a total within a piece: Newton's steps, halving where one would leave it."""
    low, high = piece.begin, piece.end
    position = low + (high - low) * (total - piece.before) / (piece.after - piece.before)
    for _ in range(_STEPS):
        missing = total - piece.total(position)
        if abs(missing) < _EXACT:
            break
        low, high = (position, high) if missing > 0 else (low, position)
        rate = piece.at(position)
        step = position + missing / rate if rate else math.inf
        position = step if low < step < high else (low + high) / 2
    return position


def _pieces(profile: Profile) -> Iterator[_Piece]:
    begin, before = 0.0, 0.0
    for phase in profile.phases:
        for left, right in _awake(profile.idle, begin, begin + phase.lasts):
            count = _integral(phase, right - begin) - _integral(phase, left - begin)
            yield _Piece(left, right, phase, begin, before, before + count)
            before += count
        begin += phase.lasts


def _awake(idle: Idle | None, begin: float, end: float) -> Iterator[tuple[float, float]]:
    """Return what the pauses leave of a stretch: the last part of every turn is one."""
    if idle is None:
        yield begin, end
        return
    turn = math.floor(begin / idle.every)
    while turn * idle.every < end:
        left, right = max(begin, turn * idle.every), min(end, (turn + 1) * idle.every - idle.lasts)
        if left < right:
            yield left, right
        turn += 1


def _integral(phase: Phase, spent: float) -> float:
    total = phase.rate * spent + _slope(phase) * spent * spent / 2
    if phase.swing:
        angle = 2 * math.pi / phase.period
        total += phase.swing * (spent - math.sin(angle * spent) / angle) / 2
    return total


def _slope(phase: Phase) -> float:
    return 0.0 if phase.to is None else (phase.to - phase.rate) / phase.lasts
