"""How far told chances are from what came of them: reliability in equal bins, the expected calibration error, and the Brier score."""

from collections.abc import Sequence
from dataclasses import dataclass

BINS = 10

Told = tuple[float, bool]
"""A chance, 0 to 1, and whether it came true."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The chances from `low` up to `high` (the last bin holds 1 too): how many, how many came true, and their mean (None where none is)."""

    low: float
    high: float
    count: int
    right: int
    confidence: float | None

    @property
    def share(self) -> float | None:
        """The share that came true; None where there is none."""
        return self.right / self.count if self.count else None


@dataclass(frozen=True, slots=True)
class Reliability:
    """Some chances beside what came of them.

    `ece` is the expected calibration error: over `BINS` bins of equal width, how far the mean chance of a bin is from the share that came
    true, each bin weighing as much as it holds. `brier` is the mean square of chance less outcome. Both lie in [0, 1], 0 is best, and both
    are None over nothing.
    """

    n: int
    ece: float | None
    brier: float | None
    bins: tuple[Bin, ...]


def reliability(told: Sequence[Told]) -> Reliability:
    """The reliability of `told`, in any order."""
    held: list[list[Told]] = [[] for _ in range(BINS)]
    for chance, came_true in told:
        held[min(int(chance * BINS), BINS - 1)].append((chance, came_true))
    bins = tuple(_bin(number, inside) for number, inside in enumerate(held))
    if not told:
        return Reliability(0, None, None, bins)
    gaps = (abs(sum(chance for chance, _ in inside) - one.right) for one, inside in zip(bins, held, strict=True))
    brier = sum((chance - came_true) ** 2 for chance, came_true in told)
    return Reliability(len(told), sum(gaps) / len(told), brier / len(told), bins)


def _bin(number: int, inside: Sequence[Told]) -> Bin:
    right = sum(came_true for _, came_true in inside)
    mean = sum(chance for chance, _ in inside) / len(inside) if inside else None
    return Bin(number / BINS, (number + 1) / BINS, len(inside), right, mean)
