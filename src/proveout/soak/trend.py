"""The trend of a series: Mann and Kendall's test on medians of blocks, corrected for what lasts.

H. B. Mann, "Nonparametric Tests Against Trend", Econometrica 13 (1945); the variance is widened by the
autocorrelation of what is left of the medians once Theil's line (1950) is taken away. It asks only whether
later is higher, so a harmless step can be a trend, too: it makes a target suspect, and never fails it.
"""

import numpy as np

from proveout.soak.series import Series

BLOCKS = 96  # of a whole duration: quarters of an hour of a day
LEAST = 12


def trend(series: Series, hours: float) -> float | None:
    """Return how far the series rises, in normal deviations; None if too little is known.

    `hours` is how long the whole lasts. what the load of the moment takes is taken away first.
    """
    relieved = series.relieved(hours / 24)
    numbers = np.floor(series.hours / (hours / BLOCKS)).astype(int)
    edges = np.flatnonzero(np.diff(numbers)) + 1
    groups = [group for group in np.split(np.arange(len(numbers)), edges) if len(group)]
    count = len(groups)
    if count < LEAST:
        return None
    at = np.array([series.hours[group].mean() for group in groups])
    medians = np.array([np.median(relieved.values[group]) for group in groups])

    rows, columns = np.triu_indices(count, 1)
    rises = medians[columns] - medians[rows]
    score = float(np.sign(rises).sum())
    variance = count * (count - 1) * (2 * count + 5) / 18.0
    left = medians - np.median(rises / (at[columns] - at[rows])) * at
    left -= left.mean()
    squares = float(left @ left)
    lasting = min(max(float(left[1:] @ left[:-1]) / squares, 0.0), 0.95) if squares > 0 else 0.0
    return float((score - np.sign(score)) / np.sqrt(variance * (1.0 + lasting) / (1.0 - lasting)))
