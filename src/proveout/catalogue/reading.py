"""Reads one TOML file into a typed section and turns every complaint into a sentence."""

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from proveout.model.mistake import Mistake, near, shown

M = TypeVar("M", bound=BaseModel)


def table(path: Path, mistakes: list[Mistake]) -> dict[str, Any] | None:
    """Return the file's content, or None after noting why it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        mistakes.append(Mistake(shown(path), "", "the file is missing"))
    except UnicodeDecodeError as error:
        mistakes.append(Mistake(shown(path), "", f"not UTF-8 text (byte {error.start})"))
    except tomllib.TOMLDecodeError as error:
        mistakes.append(Mistake(shown(path), "", f"not TOML: {error}"))
    except RecursionError:
        mistakes.append(Mistake(shown(path), "", "not TOML: nested too deeply"))
    except OSError as error:
        mistakes.append(Mistake(shown(path), "", f"cannot be read: {error.strerror}"))
    return None


def section(
    model: type[M], content: dict[str, Any], path: Path, mistakes: list[Mistake], label: str = ""
) -> M | None:
    """Return the content as `model`, or None after noting every mistake in it."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        details = error.errors()
        for detail in details:
            # "too few items" only repeats that the items are wrong
            inside = any(
                len(d["loc"]) > len(detail["loc"]) and d["loc"][: len(detail["loc"])] == detail["loc"]
                for d in details
            )
            if detail["type"] == "too_short" and inside:
                continue
            key, reason = _sentence(model, detail)
            mistakes.append(Mistake(shown(path), f"{label} {key}".strip(), reason))
    return None


def _key(location: tuple[int | str, ...], value: object, *, with_value: bool) -> str:
    names = [str(part) for part in location if part != "[key]"]
    if not names:
        return ""
    *tables, last = names
    place = f"[{'.'.join(tables)}] {last}" if tables else last
    return f"{place} = {_toml(value)}" if with_value else place


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, (int, float)):
        return str(value)
    return "..."


def _sentence(model: type[BaseModel], detail: ErrorDetails) -> tuple[str, str]:
    kind, location, value = detail["type"], detail["loc"], detail["input"]
    if kind == "missing":
        return _key(location, None, with_value=False), "missing; add it"
    if kind == "extra_forbidden":
        known = _accepted_keys(model, location[:-1])
        reason = f"unknown key{near(str(location[-1]), known)}"
        return _key(location, None, with_value=False), f"{reason}. Accepted: {', '.join(known)}"
    reason = detail["msg"].removeprefix("Value error, ")
    if kind == "value_error" and isinstance(value, dict):
        return _key(location, None, with_value=False), reason
    return _key(location, value, with_value=True), reason[0].lower() + reason[1:]


def _accepted_keys(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    inside = False
    for part in location:
        if inside and str(part) not in model.model_fields:
            inside = False
            continue  # an index of a list or a key of a table
        if str(part) not in model.model_fields:
            return []
        annotation = model.model_fields[str(part)].annotation
        options = [annotation, *getattr(annotation, "__args__", ())]
        inner = [o for o in options if isinstance(o, type) and issubclass(o, BaseModel)]
        if not inner:
            return []
        model, inside = inner[0], annotation is not inner[0]
    return [name for name, field in model.model_fields.items() if not field.exclude]
