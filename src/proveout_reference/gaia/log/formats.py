"""Formats: a record as one line. Control characters are always escaped: a line cannot be forged."""

import json
import os
from collections.abc import Callable

from proveout_reference.gaia.clock import text_of
from proveout_reference.gaia.log.record import Record, Value

_LONGEST_VALUE = 500
_SHORTEST_VALUE = 60
_LONGEST_LINE = 8 * 1024
_COLOURS = {"debug": "36", "info": "32", "warn": "33", "error": "31;1"}

Format = Callable[[Record], str]


def verbose(record: Record) -> str:
    """For a person at a console: colours, process and thread, then the message and its fields."""
    return _bounded(record, _verbose)


def structured(record: Record) -> str:
    """For a log store: key=value throughout."""
    return _bounded(record, _structured)


def minimal(record: Record) -> str:
    """For a machine: one JSON object."""
    return _bounded(record, _minimal)


FORMATS: dict[str, Format] = {"verbose": verbose, "structured": structured, "json": minimal}


def _bounded(record: Record, shape: Callable[[Record, int], str]) -> str:
    line = shape(record, _LONGEST_VALUE)
    return line if len(line) <= _LONGEST_LINE else shape(record, _SHORTEST_VALUE)


def _verbose(record: Record, longest: int) -> str:
    colour = _COLOURS[record.level]
    fields = " ".join(f"\x1b[2m{key}=\x1b[0m{_word(value, longest)}" for key, value in record.fields.items())
    where = f"\x1b[2m[{os.getpid()} {_word(record.thread, longest)}]\x1b[0m"
    level = f"\x1b[{colour}m{record.level.upper():<5}\x1b[0m"
    message = f"\x1b[1m{_sentence(record.msg, longest)}\x1b[0m"
    return f"\x1b[2m{text_of(record.time)}\x1b[0m {level} {where} {message} {fields}".rstrip()


def _structured(record: Record, longest: int) -> str:
    whole = {"time": text_of(record.time), "level": record.level.upper(), "msg": record.msg, **record.fields}
    return " ".join(f"{key}={_word(value, longest)}" for key, value in whole.items())


def _minimal(record: Record, longest: int) -> str:
    whole = {"time": text_of(record.time), "level": record.level.upper(), "msg": record.msg, **record.fields}
    cut = {key: value[:longest] if isinstance(value, str) else value for key, value in whole.items()}
    return json.dumps(cut, separators=(",", ":"))


def _word(value: Value, longest: int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    if value is None:
        return "none"
    text = str(value)[:longest]
    if text and text.isascii() and text.isprintable() and not set(text) & set(' ="\\'):
        return text
    return json.dumps(text)  # quotes, and escapes every control character


def _sentence(text: str, longest: int) -> str:
    text = text[:longest]
    return text if text.isascii() and text.isprintable() else json.dumps(text)
