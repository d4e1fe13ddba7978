"""Two runs on the same notes: is the second better, worse, or too close to tell?

Differences are paired: each redrawn data set is scored for both runs, so what makes a note hard for both cancels out. Notes of one
patient are drawn together. Several scores are looked at at once, so each interval is wide enough that all of them hold together with 95 %
(Bonferroni: with five scores, each at 99 %).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from evals.errors import RunsDoNotPair
from evals.misses import Miss, misses_of
from evals.scoring import COLUMNS, HEADLINE, Scores, table, totals
from evals.statistics.intervals import bounds, clustered, redraw

COMPARED = ("tasks.f1", "tasks.due_accuracy", "blockers.macro_f1", "outreach_attempts.f1", "escalation.f1")
DRAWS = 4000
_TOO_MANY = 100_000  # an estimate beyond this says "far more than anybody will label", not a number


@dataclass(frozen=True, slots=True)
class Difference:
    """One score of two runs. `low` and `high` bound after − before; they are None where either side is undefined or one cluster is all."""

    path: str
    before: float | None
    after: float | None
    low: float | None
    high: float | None
    notes: int

    @property
    def verdict(self) -> str:
        """`better`, `worse` or `too close to tell`; the last also where there is nothing to compare."""
        if self.low is not None and self.low > 0:
            return "better"
        if self.high is not None and self.high < 0:
            return "worse"
        return "too close to tell"

    def in_words(self) -> str:
        """ "better by 3 to 7 points", "too close to tell on 412 notes; about 900 would do", ... A point is 0.01."""
        if self.before is None or self.after is None:
            return "nothing to compare: undefined in at least one run"
        if self.low is None or self.high is None or self.verdict == "too close to tell":
            enough = self._enough()
            return f"too close to tell on {self.notes} notes" + (f"; about {enough} would do" if enough else "")
        least, most = sorted((round(abs(self.low) * 100), round(abs(self.high) * 100)))
        if most == 0:
            return f"{self.verdict} by less than a point"
        points = "1 point" if most == 1 else f"{most} points"
        if least == most:
            return f"{self.verdict} by {points}"
        return f"{self.verdict} by {least} to {points}" if least else f"{self.verdict} by up to {points}"

    def _enough(self) -> int | None:
        """About how many notes would tell, if the difference is what it seems: intervals narrow with the root of the number of notes."""
        if self.before is None or self.after is None or self.low is None or self.high is None or self.before == self.after:
            return None
        needed = self.notes * ((self.high - self.low) / 2 / abs(self.after - self.before)) ** 2
        step = 10 ** max(0, len(str(ceil(needed))) - 2)  # two digits are as much as such an estimate is worth
        return ceil(needed / step) * step if self.notes < needed <= _TOO_MANY else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs side by side. `mended` are misses of the first that the second has not; `broken` the other way round."""

    differences: tuple[Difference, ...]
    mended: tuple[Miss, ...]
    broken: tuple[Miss, ...]
    notes: int
    clusters: int


def compare(before: Scores, after: Scores, *, paths: Sequence[str] = COMPARED) -> Comparison:
    """How `after` differs from `before` on each of `paths` (dotted paths of headline scores).

    Raises: RunsDoNotPair where the two were not scored on the same notes with the same gold.
    """
    if [(case.note.id, case.note.text, case.gold) for case in before.cases] != [
        (case.note.id, case.note.text, case.gold) for case in after.cases
    ]:
        raise RunsDoNotPair("the two runs were not made on the same labelled notes; run one of them again on the other's data")
    counts = np.hstack([table(before.cases), table(after.cases)])
    by_cluster = clustered(counts, [case.cluster for case in before.cases])
    sure = 1 - 0.05 / len(paths)
    redrawn = redraw(by_cluster, draws=DRAWS) if len(by_cluster) > 1 else None
    differences = []
    for path in paths:
        one, other = before.value(path), after.value(path)
        limits = None
        if redrawn is not None and one is not None and other is not None:
            formula = HEADLINE[path]
            change = formula.of(totals(redrawn[:, len(COLUMNS) :])) - formula.of(totals(redrawn[:, : len(COLUMNS)]))
            limits = bounds(change, sure=sure)
        low, high = limits or (None, None)
        differences.append(Difference(path, one, other, low, high, before.notes))
    was = {miss for case in before.cases for miss in misses_of(case)}
    now = {miss for case in after.cases for miss in misses_of(case)}
    return Comparison(tuple(differences), tuple(sorted(was - now)), tuple(sorted(now - was)), before.notes, len(by_cluster))
