"""Body: reading what a client sends, within bounds of size, time and depth."""

import asyncio
import json
from typing import Any

from starlette.requests import ClientDisconnect, Request

from proveout_reference.ceesar.answers import RefusedError

LARGEST_JSON = 1024 * 1024
READ_SECONDS = 30.0


async def read_json(request: Request) -> Any:
    """The JSON value in the body. Refuses: 400 what is no JSON, 408 what is slow, 413 what is too large."""
    return parse_json(await read_bytes(request, LARGEST_JSON))


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object in the body; refuses as `read_json` does."""
    value = await read_json(request)
    if not isinstance(value, dict):
        raise RefusedError(400, "the body must be a JSON object")
    return value


async def read_bytes(request: Request, largest: int) -> bytes:
    """The body, at most `largest` bytes."""
    refuse_declared_size(request, largest)
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
                if size > largest:
                    raise too_large(largest, unread=more)
    except TimeoutError:
        raise RefusedError(408, f"the body did not arrive within {READ_SECONDS:g} s") from None
    return b"".join(chunks)


def refuse_declared_size(request: Request, largest: int) -> None:
    """Refuses early what announces itself as larger than `largest` bytes."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > largest:
        raise too_large(largest, unread=True)


def too_large(largest: int, *, unread: bool) -> RefusedError:
    """The refusal of a body above `largest` bytes; with some of it unread the connection must be closed."""
    headers = {"Connection": "close"} if unread else None
    return RefusedError(413, f"the body is larger than {largest} bytes", headers)


def parse_json(raw: bytes) -> Any:
    """The value in `raw`; refuses with 400 what is not strict UTF-8 JSON of moderate depth."""
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")  # half surrogates, 1e999
    except UnicodeError:
        raise RefusedError(400, "the body is not valid UTF-8") from None
    except ValueError:
        raise RefusedError(400, "the body is not valid JSON") from None
    except RecursionError:
        raise RefusedError(400, "the JSON in the body is nested too deeply") from None
    return value


def text_field(body: dict[str, Any], name: str, *, required: bool = False) -> str:
    """The text under `name`, empty when absent or null. Refuses another type, and absence when required."""
    value = body.get(name)
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise RefusedError(400, f"{name} must be a string")
    if required and not value.strip():
        raise RefusedError(400, f"{name} is required")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
