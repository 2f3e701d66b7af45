"""Critical values: how far from chance a trend must be, found by simulation over all looks of a day."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from proveout.soak.slope import Slope


@dataclass(frozen=True)
class Critical:
    """Normal deviations from which on something is no chance; `days` of simulation stand behind them.

    `plain` holds where no step is seen, `stepped` where one is: by kind of slope.
    """

    plain: Mapping[str, float]
    stepped: Mapping[str, float]
    suspect: float
    days: int

    def of(self, slope: Slope) -> float:
        """Return the value that holds for a slope."""
        return (self.stepped if slope.best else self.plain)[slope.kind]


@cache
def critical() -> Critical:
    """Return the values that `tests/simulation/calibrate.py` found."""
    content = tomllib.loads(files("proveout.soak").joinpath("critical.toml").read_text(encoding="utf-8"))
    growing = content["growing"]
    return Critical(growing["plain"], growing["stepped"], content["suspect"]["trend"], content["days"])
