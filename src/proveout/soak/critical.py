"""Critical values: how far from chance a trend must be, found by simulation over all looks of a day."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from proveout.soak.slope import Slope

WHOLE = 0.85  # of the duration: what is seen then is nearly all there will be


@dataclass(frozen=True)
class Critical:
    """Normal deviations from which on something is no chance; `days` of simulation stand behind them.

    `during` holds as long as little is known and a wave of the load can look like growth, `whole` for the
    whole; by whether a step is seen, "plain" or "stepped", and by kind of slope.
    """

    during: Mapping[str, Mapping[str, float]]
    whole: Mapping[str, Mapping[str, float]]
    suspect: float
    days: int

    def of(self, slope: Slope, hours: float) -> float:
        """Return the value that holds for a slope, if the whole lasts so many hours."""
        values = self.whole if slope.span >= WHOLE * hours else self.during
        return values["stepped" if slope.best else "plain"][slope.kind]


@cache
def critical() -> Critical:
    """Return the values that `tests/simulation/calibrate.py` found."""
    content = tomllib.loads(files("proveout.soak").joinpath("critical.toml").read_text(encoding="utf-8"))
    return Critical(content["during"], content["whole"], content["suspect"]["trend"], content["days"])
