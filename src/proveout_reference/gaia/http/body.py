"""Body: reading what a client sends, within bounds of size, time and depth."""

import asyncio
import json
from typing import Any

from starlette.requests import ClientDisconnect, Request

from proveout_reference.gaia.http.answers import RefusedError

LARGEST_BODY = 256 * 1024
READ_SECONDS = 30.0
_DEEPEST = 50


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object in the body. Refuses: 400 what is none, 408 what is slow, 413 what is too large."""
    value = parse_json(await _read_bytes(request))
    if not isinstance(value, dict):
        raise RefusedError(400, "the body must be a JSON object")
    return value


def parse_json(raw: bytes) -> Any:
    """The value in `raw`; refuses with 400 what is not strict UTF-8 JSON of moderate depth."""
    try:
        text = raw.decode("utf-8")
        value = json.loads(text, parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")  # half surrogates, 1e999
    except UnicodeError:
        raise RefusedError(400, "the body is not valid UTF-8") from None
    except ValueError as error:
        raise RefusedError(400, "the body is not valid JSON", detail=str(error)) from None
    except RecursionError:
        raise RefusedError(400, "the JSON in the body is nested too deeply") from None
    if _is_deeper(value, _DEEPEST):
        raise RefusedError(400, "the JSON in the body is nested too deeply")
    return value


async def _read_bytes(request: Request) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > LARGEST_BODY:
        raise _too_large(unread=True)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(READ_SECONDS):
            more = True
            while more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                chunks.append(message.get("body", b""))
                more = message.get("more_body", False)
                size += len(chunks[-1])
                if size > LARGEST_BODY:
                    raise _too_large(unread=more)
    except TimeoutError:
        raise RefusedError(408, f"the body did not arrive within {READ_SECONDS:g} s") from None
    return b"".join(chunks)


def _too_large(*, unread: bool) -> RefusedError:
    # With some of it unread the connection cannot serve another request.
    headers = {"Connection": "close"} if unread else None
    return RefusedError(413, f"the body is larger than {LARGEST_BODY} bytes", headers)


def _is_deeper(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [child for each in layer for child in _children(each)]
        if not layer:
            return False
    return True


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")
