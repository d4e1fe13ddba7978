"""Which prediction answers which gold item: spans that overlap, one to one, as many as can be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from scipy.optimize import linear_sum_assignment

Span = tuple[int, int]
"""[start, end) in characters of the note's text."""

G = TypeVar("G")
P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Matched(Generic[G, P]):
    """Gold and predictions of one note side by side: the pairs, what was missed, and what nobody had asked for."""

    pairs: tuple[tuple[G, P], ...]
    missed: tuple[G, ...]
    spurious: tuple[P, ...]


def occurrences(text: str, quote: str) -> list[Span]:
    """Every place where `quote` stands in `text`, from the left; places may overlap."""
    places: list[Span] = []
    start = text.find(quote)
    while start >= 0:
        places.append((start, start + len(quote)))
        start = text.find(quote, start + 1)
    return places


def shared(one: Span, other: Span) -> int:
    """How many characters two spans have in common."""
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))


def overlap(one: Span, other: Span) -> bool:
    """Whether two spans share at least 30 % of the shorter one, in characters: DATASET.md's measure of "the same words"."""
    shorter = min(one[1] - one[0], other[1] - other[0])
    return 10 * shared(one, other) >= 3 * shorter > 0  # in whole numbers: 0.3 is not exact in binary


def closeness(gold: Sequence[Span], predicted: Span | None) -> float | None:
    """How well a predicted span covers the gold one (shared over united characters, above 0 to 1), or None where they do not overlap.

    `gold` are all places of the gold evidence: labels quote words, not places, so the place that suits the prediction best counts.
    """
    if predicted is None:
        return None
    common = [(shared(span, predicted), span) for span in gold if overlap(span, predicted)]
    return max((both / (span[1] - span[0] + predicted[1] - predicted[0] - both) for both, span in common), default=None)


def match(gold: Sequence[G], predicted: Sequence[P], suits: Callable[[G, P], float | None]) -> Matched[G, P]:
    """The one-to-one matching with the most pairs; among those, the one with the greatest sum of `suits`.

    `suits` says how well two items go together, 0 to 1, or None where they must not be paired. Items keep their order.
    """
    if not gold or not predicted:
        return Matched((), tuple(gold), tuple(predicted))
    values = [[suits(one, other) for other in predicted] for one in gold]
    # One pair more outweighs any difference in how well pairs suit, so the sum to maximise counts pairs first.
    pair = min(len(gold), len(predicted)) + 1
    weights = np.array([[0.0 if value is None else pair + value for value in row] for row in values])
    rows, columns = linear_sum_assignment(weights, maximize=True)
    chosen = [(int(row), int(column)) for row, column in zip(rows, columns, strict=True) if values[row][column] is not None]
    found, used = {row for row, _ in chosen}, {column for _, column in chosen}
    return Matched(
        tuple((gold[row], predicted[column]) for row, column in chosen),
        tuple(item for row, item in enumerate(gold) if row not in found),
        tuple(item for column, item in enumerate(predicted) if column not in used),
    )
