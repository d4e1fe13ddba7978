"""How good predictions are against gold, by the rules of docs/dataset.md, "How a prediction is scored".

Every score is a formula over counts that are summed over notes (`evals.cases.counts`), so that one table says what each score means and the
same table serves the whole set, its slices, the bootstrap and the comparison of two runs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evals import calibration
from evals.cases import Case, compare_notes, counts, length_of
from evals.predictions import Prediction
from evals.statistics.intervals import Measure, Numbers, bounds, clustered, ratio, redraw, wilson
from triage.labelled import LabelledNote
from triage.reliability import Reliability
from workflow.vocabulary import Action, BlockerCategory

Totals = Mapping[str, Numbers]
"""Counts by name, each an array with one entry a data set (the real one, or each redrawn one)."""

NAMED_BLOCKERS = tuple(category for category in BlockerCategory if category is not BlockerCategory.OTHER)
"""The ten categories that macro-F1 is taken over, where gold has them."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One count as a share of another."""

    part: str
    whole: str

    def of(self, totals: Totals) -> Numbers:
        return ratio(totals[self.part], totals[self.whole])


@dataclass(frozen=True, slots=True)
class F1:
    """Twice the hits over gold and predicted together: the harmonic mean of precision and recall, also where one of them is undefined."""

    stem: str

    def of(self, totals: Totals) -> Numbers:
        return ratio(2 * totals[f"{self.stem}.hit"], totals[f"{self.stem}.gold"] + totals[f"{self.stem}.predicted"])


@dataclass(frozen=True, slots=True)
class MacroF1:
    """The plain mean of the F1 of those `stems` that occur in gold."""

    stems: tuple[str, ...]

    def of(self, totals: Totals) -> Numbers:
        each = np.array([F1(stem).of(totals) for stem in self.stems])
        occurs = np.array([totals[f"{stem}.gold"] > 0 for stem in self.stems])
        return ratio(np.where(occurs, each, 0.0).sum(axis=0), occurs.sum(axis=0).astype(np.float64))


Formula = Rate | F1 | MacroF1


def _around(path: str, stem: str, f1: str = "f1") -> dict[str, Formula]:
    return {
        f"{path}.precision": Rate(f"{stem}.hit", f"{stem}.predicted"),
        f"{path}.recall": Rate(f"{stem}.hit", f"{stem}.gold"),
        f"{path}.{f1}": F1(stem),
    }


HEADLINE: dict[str, Formula] = {
    **_around("tasks", "task"),
    "tasks.owner_accuracy": Rate("task.owner", "task.hit"),
    "tasks.due_accuracy": Rate("task.due", "task.hit"),
    **_around("blockers", "blocker", "micro_f1"),
    "blockers.macro_f1": MacroF1(tuple(f"blocker.{category}" for category in NAMED_BLOCKERS)),
    **_around("outreach_attempts", "attempt"),
    "outreach_attempts.count_accuracy": Rate("attempt.count", "attempt.hit"),
    **_around("escalation", "flag"),
    "escalation.reason_accuracy": Rate("flag.reason", "flag.hit"),
    "grounding": Rate("quote.grounded", "quote.all"),
}
"""The scores of the contract, by their dotted paths, in the order of reports."""

BY_CLASS: dict[str, Formula] = {
    **{path: formula for action in Action for path, formula in _around(f"tasks.by_class.{action}", f"action.{action}").items()},
    **{path: formula for word in BlockerCategory for path, formula in _around(f"blockers.by_class.{word}", f"blocker.{word}").items()},
}
"""The same for each action and each blocker category. Support, the `n` of recall, is how often the class occurs in gold."""

SLICES: dict[str, Callable[[Case], str]] = {
    "lane": lambda case: case.note.lane.value,
    "author_role": lambda case: case.note.author_role,
    "length": lambda case: length_of(case.note.text),
}


@dataclass(frozen=True, slots=True)
class Slice:
    """The headline scores over the notes that share something; small slices have wide intervals, which is the point of showing them."""

    notes: int
    measures: dict[str, Measure]


@dataclass(frozen=True, slots=True)
class Scores:
    """Everything there is to say about one set of predictions.

    `notes` are those with gold; `missing` of them had no prediction; `unlabelled` notes had no gold and were passed over. `clusters` is how
    many independent groups the bootstrap drew from (patients where known, else notes). `calibration` says how true the confidence is, over
    all and by kind. `seconds` is how long the run took, None where the predictions came from a file. `cases` hold the note-by-note
    comparison for reports of misses and for paired comparison.
    """

    measures: dict[str, Measure]
    slices: dict[str, dict[str, Slice]]
    calibration: dict[str, Reliability]
    notes: int
    missing: int
    unlabelled: int
    clusters: int
    seconds: float | None
    cases: tuple[Case, ...]

    def value(self, path: str) -> float | None:
        """One score by its dotted path, such as `tasks.f1`. Raises KeyError where there is no such score."""
        return self.measures[path].value

    def as_json(self) -> dict[str, Any]:
        """The `--json` document: scores nested by their dotted paths, None where undefined, and `intervals` by the same paths, flat."""
        document = _nested(self.measures)
        for group, by_class in (("tasks", Action), ("blockers", BlockerCategory)):
            for word in by_class:
                document[group]["by_class"][word.value]["support"] = self.measures[f"{group}.by_class.{word}.recall"].n
        document |= {"notes": self.notes, "missing": self.missing, "unlabelled": self.unlabelled, "clusters": self.clusters}
        document["seconds"] = None if self.seconds is None else round(self.seconds, 3)
        document["intervals"] = _intervals(self.measures)
        document["calibration"] = {kind: calibration.as_json(one) for kind, one in self.calibration.items()}
        document["slices"] = {
            kind: {
                name: {**_nested(part.measures), "notes": part.notes, "intervals": _intervals(part.measures)}
                for name, part in parts.items()
            }
            for kind, parts in self.slices.items()
        }
        return document


def score(labelled: Sequence[LabelledNote], predictions: Sequence[Prediction], *, seconds: float | None = None) -> Scores:
    """Scores of `predictions` against the gold of `labelled`; a note without a prediction counts as one with nothing found.

    Raises: DataDoesNotFit where nothing has gold or an id comes twice; PredictionsDoNotFit where an id comes twice or is not in the data.
    """
    cases = compare_notes(labelled, predictions)
    return Scores(
        measures=measure(cases, HEADLINE | BY_CLASS),
        slices={
            kind: {name: _slice([case for case in cases if of(case) == name]) for name in sorted({of(case) for case in cases})}
            for kind, of in SLICES.items()
        },
        calibration=calibration.calibration(cases),
        notes=len(cases),
        missing=sum(not case.answered for case in cases),
        unlabelled=len(labelled) - len(cases),
        clusters=len({case.cluster for case in cases}),
        seconds=seconds,
        cases=tuple(cases),
    )


def _slice(cases: Sequence[Case]) -> Slice:
    return Slice(len(cases), measure(cases, HEADLINE))


def columns() -> tuple[str, ...]:
    """The names of all counts that formulas may use, in a fixed order."""
    stems = ["task", "blocker", "attempt", "flag", *(f"action.{word}" for word in Action), *(f"blocker.{word}" for word in BlockerCategory)]
    own = ["task.owner", "task.due", "attempt.count", "flag.reason", "quote.all", "quote.grounded"]
    return (*(f"{stem}.{kind}" for stem in stems for kind in ("gold", "predicted", "hit")), *own)


COLUMNS = columns()


def table(cases: Sequence[Case]) -> Numbers:
    """The counts of each note: an array [notes, COLUMNS]."""
    tallies = [counts(case) for case in cases]
    return np.array([[tally[name] for name in COLUMNS] for tally in tallies], dtype=np.float64)


def totals(sums: Numbers) -> Totals:
    """Sums over notes [data sets, COLUMNS] as counts by name."""
    return dict(zip(COLUMNS, sums.T, strict=True))


def measure(cases: Sequence[Case], formulas: Mapping[str, Formula]) -> dict[str, Measure]:
    """Each formula over `cases`, with its `n` and its 95 % interval: Wilson's for rates, a bootstrap over clusters for F1."""
    by_note = table(cases)
    by_cluster = clustered(by_note, [case.cluster for case in cases])
    real = totals(by_note.sum(axis=0, keepdims=True))
    redrawn = totals(redraw(by_cluster)) if len(by_cluster) > 1 else None
    return {path: _measure(formula, real, redrawn) for path, formula in formulas.items()}


def _measure(formula: Formula, real: Totals, redrawn: Totals | None) -> Measure:
    value = float(formula.of(real)[0])
    match formula:
        case Rate(part, whole):
            n = int(real[whole][0])
            low, high = wilson(int(real[part][0]), n) if n else (None, None)
            return Measure(value if n else None, n, low, high, "wilson")
        case F1(stem):
            n = int(real[f"{stem}.gold"][0])
        case MacroF1(stems):
            n = int(sum(real[f"{stem}.gold"][0] for stem in stems))
    if np.isnan(value):
        return Measure(None, n, method="bootstrap")
    limits = bounds(formula.of(redrawn)) if redrawn else None
    if limits is None or limits[0] == limits[1]:  # no draw differs from the set itself: "1.00 to 1.00" would look like certainty
        return Measure(value, n, method="bootstrap")
    return Measure(value, n, *limits, "bootstrap")


def _nested(measures: Mapping[str, Measure]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for path, one in measures.items():
        *groups, name = path.split(".")
        place = document
        for group in groups:
            place = place.setdefault(group, {})
        place[name] = _rounded(one.value)
    return document


def _intervals(measures: Mapping[str, Measure]) -> dict[str, dict[str, Any]]:
    return {
        path: {"n": one.n, "low": _rounded(one.low), "high": _rounded(one.high), "method": one.method} for path, one in measures.items()
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
