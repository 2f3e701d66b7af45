"""An HTTP answer as a check sees it, and the sentence that is said when there is none."""

import json
from dataclasses import dataclass
from typing import Any

import httpx

from proveout.model.wording import plain


class Wrong(AssertionError):
    """The target did not answer as a claim demands; the text is what a person on call reads."""


class Unreachable(Wrong):
    """Nothing answers at the target's address."""


class Unknowable(Exception):
    """What a claim says cannot be seen from here; the text says why and what would let it be seen.

    It is nobody's failure, and no pass either: the verdict is HOLD.
    """


def excerpt(body: bytes, limit: int = 120) -> str:
    """Return the beginning of a body, control characters shown, for a sentence."""
    text = body[: limit + 1].decode("utf-8", "replace")
    shown = "".join(c if c.isprintable() else " " if c in "\r\n\t" else f"\\x{ord(c):02x}" for c in text)
    return f"{shown[:limit]!r}{' ...' if len(body) > limit else ''}" if body else "an empty body"


@dataclass(frozen=True, repr=False)
class Answer:
    """One complete answer; `seconds` from sending to the last byte."""

    request: str
    status: int
    headers: httpx.Headers
    body: bytes
    seconds: float

    def __str__(self) -> str:
        kind = plain(self.headers.get("content-type", "no content type"))
        return f"{self.request} answered {self.status} ({kind}): {excerpt(self.body)}"

    __repr__ = __str__  # a failing assertion shows what came, not how it is stored

    @property
    def text(self) -> str:
        """Return the body as text; bytes that are not UTF-8 are replaced."""
        return self.body.decode("utf-8", "replace")

    @property
    def content_type(self) -> str:
        """Return the media type in lower case, without its parameters."""
        return str(self.headers.get("content-type", "")).partition(";")[0].strip().lower()

    def ok(self) -> "Answer":
        """Return this answer if its status is 200.

        Raises:
            Wrong: it is not.
        """
        __tracebackhide__ = True
        if self.status != 200:
            raise Wrong(f"{self}; expected 200")
        return self

    def json(self) -> Any:
        """Return the body as JSON, whatever content type it is sent with.

        Raises:
            Wrong: it is not JSON (NaN and a nesting too deep to read count as not JSON).
        """
        __tracebackhide__ = True
        try:
            return json.loads(self.body, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise Wrong(f"{self}; expected JSON ({error})") from None

    def object(self) -> dict[str, Any]:
        """Return the body as a JSON object.

        Raises:
            Wrong: it is something else.
        """
        __tracebackhide__ = True
        content = self.json()
        if not isinstance(content, dict):
            raise Wrong(f"{self}; expected a JSON object")
        return content


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
