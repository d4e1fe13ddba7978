"""Platt's sigmoid: from one number between 0 and 1 to another, over its log-odds, without changing which of two is the greater.

Source: Platt (1999), Probabilistic outputs for support vector machines; the softened targets are his.
"""

from collections.abc import Sequence
from math import exp, log

import numpy as np

Sigmoid = tuple[float, float]
"""Slope (never negative) and offset."""

PLAIN: Sigmoid = (1.0, 0.0)
"""Leaves every number as it is."""


def through(number: float, sigmoid: Sigmoid) -> float:
    """The chance, 0 to 1, that `sigmoid` makes of a number between 0 and 1."""
    slope, offset = sigmoid
    return 1.0 / (1.0 + exp(-max(-30.0, min(30.0, slope * _log_odds(number) + offset))))


def fit(judged: Sequence[tuple[float, bool]]) -> Sigmoid:
    """The sigmoid with the least logistic loss on numbers and whether each came true, with a little ridge."""
    from scipy.optimize import minimize

    odds = np.array([_log_odds(number) for number, _ in judged])
    good = sum(well for _, well in judged)
    high, low = (good + 1) / (good + 2), 1 / (len(judged) - good + 2)
    wanted = np.array([high if well else low for _, well in judged])

    def loss(sigmoid: Sequence[float]) -> float:
        scores = sigmoid[0] * odds + sigmoid[1]
        return float(np.mean(np.logaddexp(0.0, scores) - wanted * scores) + 1e-4 * (sigmoid[0] ** 2 + sigmoid[1] ** 2))

    best = minimize(loss, PLAIN, method="L-BFGS-B", bounds=[(0.0, None), (None, None)])  # surer is never less likely
    return float(best.x[0]), float(best.x[1])


def _log_odds(number: float) -> float:
    clipped = min(max(number, 1e-6), 1 - 1e-6)
    return log(clipped / (1 - clipped))
