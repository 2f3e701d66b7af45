"""The figures of a check: what it measured, as plain JSON values that travel with its report."""

import math
from collections.abc import Mapping
from typing import Any

import pytest

FIGURES = pytest.StashKey[dict[str, Any]]()


def plain(values: Mapping[Any, Any]) -> dict[str, Any]:
    """Return figures as JSON can say them: no number that is infinite or none, other things as text."""
    return {str(name): _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, Mapping):
        return plain(value)
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return str(value)
