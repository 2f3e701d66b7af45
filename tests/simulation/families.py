"""Harmless days of a target, by family of noise, in standard deviations of the noise of one minute."""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

MINUTES = 1440
FAMILIES = ("white", "ar .5", "ar .8", "ar .95", "diurnal", "collector", "step", "all")
COMBINED = "combined"  # diurnal, collector and step over noise that does not last: for the power alone
KNOWN = (*FAMILIES, COMBINED)
PAUSE = 3  # minutes of each hour in which nobody arrives
FLOOR, WAVE = 4.0, 8.0  # requests per second
TEETH = 20.0  # height of a collector's tooth
LONGEST = 55.0  # minutes from one collection to the next, at most


@dataclass(frozen=True)
class Load:
    """Requests per second in each minute, and which minutes are pauses."""

    rates: np.ndarray
    quiet: np.ndarray


def load(random: np.random.Generator) -> Load:
    """Return a day's load: a wave over a constant floor, Poisson, with a pause at the end of each hour."""
    minutes = np.arange(MINUTES)
    expected = FLOOR + WAVE * (1 - np.cos(2 * np.pi * minutes / MINUTES)) / 2
    quiet = minutes % 60 >= 60 - PAUSE
    return Load(np.where(quiet, 0.0, random.poisson(expected * 60) / 60), quiet)


def noise(family: str, random: np.random.Generator, under: Load) -> np.ndarray:
    """Return what a target without a leak shows in each minute of a day."""
    if family.startswith("ar "):
        return lasting(float(family[3:]), random)
    if family in ("all", COMBINED):
        parts = (diurnal, collector, step)
        first = lasting(0.5 if family == "all" else 0.0, random)
        return first + sum(part(random, under) for part in parts)
    found = lasting(0.0, random)
    part = {"diurnal": diurnal, "collector": collector, "step": step}.get(family)
    return found if part is None else found + part(random, under)


def lasting(share: float, random: np.random.Generator) -> np.ndarray:
    """Return noise of standard deviation 1 of which a share lasts from one minute to the next."""
    fresh = random.standard_normal(MINUTES + 300) * np.sqrt(1 - share**2)
    return lfilter([1.0], [1.0, -share], fresh)[300:]


def diurnal(random: np.random.Generator, under: Load) -> np.ndarray:
    """Return what is needed for the load of the moment: 5 to 40 sigma at its peak."""
    return random.uniform(5, 40) * under.rates / (FLOOR + WAVE)


def collector(random: np.random.Generator, _under: Load) -> np.ndarray:
    """Return the teeth of a garbage collector: 20 sigma, every 10 to 55 minutes, not to the minute."""
    every = random.uniform(10, LONGEST)
    lengths = np.minimum(every * random.uniform(0.85, 1.15, size=400), LONGEST)
    ends = np.cumsum(lengths) - random.uniform(0, lengths[0])
    minutes = np.arange(MINUTES)
    current = np.searchsorted(ends, minutes, side="right")
    return TEETH * (1 - (ends[current] - minutes) / lengths[current])


def step(random: np.random.Generator, _under: Load) -> np.ndarray:
    """Return one step at any time, of 0.3 to 30 sigma, up in seven of ten cases: a cache that fills."""
    height = np.exp(random.uniform(np.log(0.3), np.log(30)))
    return height * (1 if random.random() < 0.7 else -1) * (np.arange(MINUTES) >= random.uniform(0, MINUTES))
