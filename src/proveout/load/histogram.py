"""Histograms of latency: how many requests took how long, to two digits, in a size that time does not change.

The buckets are those of the HDR histogram (G. Tene), so that every tool for them reads what a ledger holds:
exact below 256 us, at most 0.8 % wide above. Only buckets that hold something take memory.
"""

import base64
import math
import struct
import zlib
from collections.abc import Iterator, Mapping

from proveout.load.interval import DOUBT, Interval, ranks_of

LONGEST = 600_000_000  # microseconds; whatever took longer counts as this
DIGITS = 2
_HALF = 128  # buckets of one width; for two digits
_EXACT = 8  # bits of a value that is its own bucket
_COMPRESSED, _PLAIN = 0x1C849314, 0x1C849313  # what the two layers of version 2 begin with
_OUTER, _INNER = struct.Struct(">ii"), struct.Struct(">iiiiqqd")
_UNREADABLE = (ValueError, zlib.error, struct.error)


class Histogram:
    """Counts of seconds, 1 us to 10 min; `failed` requests took for ever."""

    def __init__(self) -> None:
        self.failed = 0
        self._answered = 0
        self._counts: dict[int, int] = {}

    def add(self, seconds: float) -> None:
        """Count a request that was answered after so many seconds."""
        value = min(max(int(seconds * 1e6), 0), LONGEST)
        bucket = _bucket(value)
        self._counts[bucket] = self._counts.get(bucket, 0) + 1
        self._answered += 1

    def fail(self) -> None:
        """Count a request that was not answered as it should be."""
        self.failed += 1

    def merge(self, other: "Histogram") -> None:
        """Take over all counts of another; the order of merging changes nothing."""
        for bucket, count in other.buckets.items():
            self._counts[bucket] = self._counts.get(bucket, 0) + count
        self._answered += other.answered
        self.failed += other.failed

    @property
    def count(self) -> int:
        """Return the number of requests, answered and failed."""
        return self._answered + self.failed

    @property
    def answered(self) -> int:
        """Return the number of requests that were answered as they should be."""
        return self._answered

    @property
    def buckets(self) -> Mapping[int, int]:
        """Return how many requests each bucket holds, by its number."""
        return self._counts

    def quantile(self, q: float) -> float:
        """Return within how many seconds the share `q` was answered.

        Infinity where failures reach it, nan if nothing was counted.
        """
        if not self.count:
            return math.nan
        return self._highest(max(math.ceil(q * self.count - 1e-9) - 1, 0))

    def bounds(self, q: float, doubt: float = DOUBT) -> Interval:
        """Return bounds of the quantile of what the requests were drawn from, each alone with 1 - `doubt`.

        They follow from ranks alone, as `interval.quantile_of` says; 0 and infinity where they say nothing.
        """
        lower, upper = ranks_of(self.count, q, doubt)
        return Interval(
            self._lowest(lower) if lower >= 0 else 0.0,
            self._highest(upper) if upper < self.count else math.inf,
        )

    def above(self, seconds: float) -> int:
        """Return how many took longer than so many seconds, the failed ones with them."""
        limit = seconds * 1e6
        return self.failed + sum(count for bucket, count in self._counts.items() if _top(bucket) > limit)

    def encode(self) -> str:
        """Return the answered requests as text: an HDR histogram V2, compressed, base64."""
        data = bytearray()
        after = 0
        for bucket in sorted(self._counts):
            if empty := bucket - after:
                _add_varint(data, -empty if empty > 1 else 0)
            _add_varint(data, self._counts[bucket])
            after = bucket + 1
        inner = _INNER.pack(_PLAIN, len(data), 0, DIGITS, 1, LONGEST, 1.0) + data
        compressed = zlib.compress(inner)
        return base64.b64encode(_OUTER.pack(_COMPRESSED, len(compressed)) + compressed).decode("ascii")

    @classmethod
    def decode(cls, text: str, failed: int = 0) -> "Histogram":
        """Read what `encode` wrote; an empty text is an empty histogram.

        Raises:
            ValueError: it is not such a text.
        """
        found = cls()
        found.failed = failed
        if not text:
            return found
        found._counts = _decoded(text)
        found._answered = sum(found._counts.values())
        return found

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Histogram):
            return NotImplemented
        return self._counts == other.buckets and self.failed == other.failed

    __hash__ = None  # type: ignore[assignment] # it changes with every request

    def _highest(self, rank: int) -> float:
        bucket = self._holds(rank)
        return math.inf if bucket is None else _top(bucket) / 1e6

    def _lowest(self, rank: int) -> float:
        bucket = self._holds(rank)
        return math.inf if bucket is None else _bottom(bucket) / 1e6

    def _holds(self, rank: int) -> int | None:
        """Return the bucket of the request of that rank (from 0); None: it failed."""
        if rank >= self._answered:
            return None
        below = 0
        for bucket in sorted(self._counts):
            below += self._counts[bucket]
            if below > rank:
                return bucket
        raise AssertionError("the counts are fewer than their sum")


def _decoded(text: str) -> dict[int, int]:
    """Return the counts by bucket of a V2 histogram; hdrh, made for all shapes, takes far longer."""
    try:
        outer = base64.b64decode(text, validate=True)
        cookie, length = _OUTER.unpack_from(outer)
        inner = zlib.decompress(outer[_OUTER.size : _OUTER.size + length])
        kind, size, offset, digits, lowest, highest, _ = _INNER.unpack_from(inner)
    except _UNREADABLE as error:
        raise ValueError(f"not an HDR histogram ({error})") from None
    if (cookie, kind) != (_COMPRESSED, _PLAIN):
        raise ValueError(f"not an HDR histogram of version 2 ({cookie:#x}, {kind:#x})")
    if (lowest, highest, digits, offset) != (1, LONGEST, DIGITS, 0):
        raise ValueError(f"an HDR histogram of another shape: {(lowest, highest, digits)}")
    if _INNER.size + size != len(inner):
        raise ValueError(f"not an HDR histogram ({len(inner)} bytes instead of {_INNER.size + size})")
    counts: dict[int, int] = {}
    bucket = 0
    for count in _varints(inner[_INNER.size :]):
        if count > 0:
            counts[bucket] = count
        bucket += -count if count < 0 else 1  # a negative one is so many empty buckets
    if bucket > _BUCKETS:
        raise ValueError(f"an HDR histogram of {bucket} buckets")
    return counts


def _add_varint(data: bytearray, value: int) -> None:
    """Add a whole number as zigzag LEB128, of nine bytes at most."""
    rest = value << 1 if value >= 0 else (-value << 1) - 1
    for _ in range(8):
        if rest < 0x80:
            break
        data.append(rest & 0x7F | 0x80)
        rest >>= 7
    data.append(rest)


def _varints(data: bytes) -> Iterator[int]:
    """Yield the whole numbers of a row of zigzag LEB128."""
    value = shift = 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80 or shift == 63:
            yield (value >> 1) ^ -(value & 1)
            value = shift = 0
    if shift:
        raise ValueError("not an HDR histogram (it breaks off)")


def _bucket(value: int) -> int:
    width = max(value.bit_length() - _EXACT, 0)
    return width * _HALF + (value >> width)


_BUCKETS = _bucket(LONGEST) + _HALF  # the encoder may round the last group up


def _bottom(bucket: int) -> int:
    """Return the smallest number of microseconds in a bucket."""
    width = max(bucket // _HALF - 1, 0)
    return (bucket - width * _HALF) << width


def _top(bucket: int) -> int:
    """Return the largest number of microseconds in a bucket."""
    return _bottom(bucket) + (1 << max(bucket // _HALF - 1, 0)) - 1
