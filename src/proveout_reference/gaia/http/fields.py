"""Fields: reading the values in a request's object, each refused with 400 when it is not what it must be."""

from typing import Any

from starlette.requests import Request

from proveout_reference.gaia.http.answers import RefusedError

LARGEST_NUMBER = 2**53 - 1  # what every JSON reader takes for a whole number


def text_field(body: dict[str, Any], name: str, longest: int, *, default: str | None = None) -> str:
    """The text under `name`; without a default it must be there and hold something."""
    value = body.get(name)
    if value is None and default is not None:
        return default
    if value is None:
        raise RefusedError(400, f"{name} is required")
    if not isinstance(value, str):
        raise RefusedError(400, f"{name} must be a string")
    if len(value) > longest:
        raise RefusedError(400, f"{name} must have at most {longest} characters")
    if default is None and not value.strip():
        raise RefusedError(400, f"{name} is required")
    return value


def word_field(body: dict[str, Any], name: str, longest: int = 200) -> str:
    """A required text of visible characters."""
    value = text_field(body, name, longest)
    if not value.isprintable():
        raise RefusedError(400, f"{name} must not hold control characters")
    return value


def choice_field(body: dict[str, Any], name: str, allowed: tuple[str, ...], default: str) -> str:
    """One of the allowed words."""
    value = text_field(body, name, 100, default=default)
    if value not in allowed:
        raise RefusedError(400, f"{name} must be one of {', '.join(allowed)}")
    return value


def flag_field(body: dict[str, Any], name: str, *, default: bool) -> bool:
    """True or false."""
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise RefusedError(400, f"{name} must be true or false")
    return value


def limit_field(body: dict[str, Any], name: str, default: int | None = None) -> int:
    """A whole number from 0."""
    value = body.get(name, default)
    if value is None:
        raise RefusedError(400, f"{name} is required")
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_NUMBER:
        raise RefusedError(400, f"{name} must be a whole number from 0 to {LARGEST_NUMBER}")
    return value


def number_in_path(request: Request, name: str, what: str) -> int:
    """The id in the path."""
    text = request.path_params[name]
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise RefusedError(400, f"the {what} id must be a number")
    return int(text)


def word_in_path(request: Request, name: str, longest: int = 200) -> str:
    """The visible name in the path."""
    text: str = request.path_params[name]
    if not text.strip() or not text.isprintable() or len(text) > longest:
        raise RefusedError(400, f"the name in the path must have 1 to {longest} visible characters")
    try:
        text.encode()
    except UnicodeError:
        raise RefusedError(400, "the name in the path is not valid UTF-8") from None
    return text


def count_in_query(request: Request, name: str, default: int, highest: int) -> int:
    """How many rows the client wants, up to `highest`."""
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) > 0):
        raise RefusedError(400, f"{name} must be a number above 0")
    return min(int(text), highest)
