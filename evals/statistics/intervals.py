"""How sure a number is: Wilson intervals for rates, bootstrap intervals for what is no plain rate.

A bootstrap draws the data set again and again from itself and looks how far the number moves. It draws whole clusters (the notes of one
patient, or single notes where the patient is not known), because notes of one patient are alike. It cannot see what no note of the set
shows: where a score is 0 or 1 every draw gives the same, so no interval is told, and those of precision and recall are the ones to look at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

SEED = 20260301
"""Fixed, so that scoring the same files twice gives the same bytes."""

DRAWS = 2000
_AT_ONCE = 200  # draws held in memory together


@dataclass(frozen=True, slots=True)
class Measure:
    """One number with how much stands behind it. All of `value`, `low`, `high` lie in [0, 1].

    `value` is None where it is undefined (nothing to divide by), never 0. `n` is what it was taken over: the denominator of a rate, the
    gold items of an F1. `low` and `high` bound 95 %; they are None where `value` is, or where
    redrawing cannot tell (one cluster, no spread).
    """

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    method: str = "wilson"


def wilson(part: int, whole: int, *, sure: float = 0.95) -> tuple[float, float]:
    """The Wilson score interval of `part` of `whole`, in [0, 1].

    Raises: ValueError where `whole` is 0: an undefined rate has no interval.
    Source: Wilson (1927), https://doi.org/10.1080/01621459.1927.10502953.
    """
    if whole == 0:
        raise ValueError("a rate over nothing has no interval")
    z = NormalDist().inv_cdf((1 + sure) / 2)
    share = part / whole
    middle = (share + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z / (1 + z * z / whole) * sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    return max(0.0, middle - half), min(1.0, middle + half)


def ratio(part: Numbers, whole: Numbers) -> Numbers:
    """`part / whole` one by one, NaN where `whole` is 0."""
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def clustered(counts: Numbers, clusters: Sequence[str]) -> Numbers:
    """The counts of each cluster: rows of `counts` (one a note) summed over equal names in `clusters`, in order of first appearance."""
    names = {name: position for position, name in enumerate(dict.fromkeys(clusters))}
    summed = np.zeros((len(names), counts.shape[1]))
    np.add.at(summed, [names[name] for name in clusters], counts)
    return summed


def redraw(counts: Numbers, *, draws: int = DRAWS, seed: int = SEED) -> Numbers:
    """Totals of `draws` data sets drawn with replacement from the rows of `counts` (one a cluster): an array [draws, columns]."""
    rows = counts.shape[0]
    random = np.random.default_rng(seed)
    totals = []
    for start in range(0, draws, _AT_ONCE):
        times_drawn = random.multinomial(rows, np.full(rows, 1 / rows), size=min(_AT_ONCE, draws - start))
        totals.append(times_drawn @ counts)
    return np.concatenate(totals)


def bounds(values: Numbers, *, sure: float = 0.95) -> tuple[float, float] | None:
    """The middle `sure` share of redrawn values. Draws in which the value is undefined are left out; None where it always is."""
    defined = values[~np.isnan(values)]
    if not defined.size:
        return None
    low, high = np.quantile(defined, [(1 - sure) / 2, (1 + sure) / 2])
    return float(low), float(high)
