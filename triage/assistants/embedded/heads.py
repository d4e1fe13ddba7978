"""Linear heads over features: fitted with scikit-learn, kept as plain arrays, applied with NumPy alone.

Nothing here unpickles: a head is a list of names, a matrix of weights and a row of offsets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from triage.assistants.embedded.embedding import Floats
from triage.assistants.embedded.features import VECTOR_WIDTH, Unit

_RAREST = 2  # a name seen less often than this in training says nothing
_WEIGHT_LIMIT = 400  # rounds of the optimiser; it settles well before


@dataclass(frozen=True, slots=True)
class Head:
    """One multinomial or several yes-no judgements. `sparse` is [names, classes], `dense` [VECTOR_WIDTH, classes]."""

    classes: tuple[str, ...]
    exclusive: bool
    index: dict[str, int]
    sparse: Floats
    dense: Floats
    offset: Floats

    def probabilities(self, units: Sequence[Unit], vectors: Floats) -> Floats:
        """[units, classes]: rows that sum to 1 where the classes exclude each other, else each on its own."""
        scores = vectors @ self.dense + self.offset
        for number, unit in enumerate(units):
            known = [(self.index[name], value) for name, value in unit.names.items() if name in self.index]
            if known:
                rows, values = zip(*known, strict=True)
                scores[number] += np.asarray(values, dtype=np.float32) @ self.sparse[list(rows)]
        if self.exclusive:
            scores -= scores.max(axis=1, keepdims=True)
            grown = np.exp(scores)
            return np.asarray(grown / grown.sum(axis=1, keepdims=True), dtype=np.float32)
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(scores, -30, 30))), dtype=np.float32)


def vocabulary(units: Sequence[Unit]) -> dict[str, int]:
    """The names worth a weight, numbered in a fixed order."""
    counts: dict[str, int] = {}
    for unit in units:
        for name in unit.names:
            counts[name] = counts.get(name, 0) + 1
    return {name: number for number, name in enumerate(sorted(name for name, count in counts.items() if count >= _RAREST))}


def matrix(units: Sequence[Unit], vectors: Floats, index: dict[str, int]) -> Any:
    """Units as rows of a SciPy CSR matrix: named features, then the embedding."""
    from scipy import sparse

    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for number, unit in enumerate(units):
        for name, value in unit.names.items():
            if name in index:
                rows.append(number)
                columns.append(index[name])
                values.append(value)
    named = sparse.csr_matrix((np.asarray(values, dtype=np.float64), (rows, columns)), shape=(len(units), len(index)))
    return sparse.hstack([named, sparse.csr_matrix(vectors.astype(np.float64))]).tocsr()


def fit_exclusive(
    table: Any, labels: Sequence[str], weights: npt.NDArray[np.float64], classes: Sequence[str], index: dict[str, int], strength: float
) -> Head:
    """A multinomial head over `classes`; a class without examples gets an offset that keeps it from ever winning."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, max_iter=_WEIGHT_LIMIT, random_state=0)
    model.fit(table, list(labels), sample_weight=weights)
    known = list(model.classes_)
    coefficients = np.zeros((table.shape[1], len(classes)), dtype=np.float32)
    offset = np.full(len(classes), -30.0, dtype=np.float32)
    if len(known) == 2:
        coefficients[:, classes.index(known[1])] = model.coef_[0]
        offset[classes.index(known[0])], offset[classes.index(known[1])] = 0.0, model.intercept_[0]
    else:
        for row, name in enumerate(known):
            coefficients[:, classes.index(name)] = model.coef_[row]
            offset[classes.index(name)] = model.intercept_[row]
    return _head(coefficients, offset, classes, index, exclusive=True)


def fit_separate(
    table: Any,
    labels: Sequence[frozenset[str]],
    weights: npt.NDArray[np.float64],
    classes: Sequence[str],
    index: dict[str, int],
    strength: float,
) -> Head:
    """One yes-no judgement for each of `classes`; a class without examples is always denied."""
    from sklearn.linear_model import LogisticRegression

    coefficients = np.zeros((table.shape[1], len(classes)), dtype=np.float32)
    offset = np.full(len(classes), -30.0, dtype=np.float32)
    for column, name in enumerate(classes):
        wanted = np.array([name in label for label in labels])
        if wanted.any():
            model = LogisticRegression(C=strength, max_iter=_WEIGHT_LIMIT, random_state=0, solver="liblinear")
            model.fit(table, wanted, sample_weight=weights)
            coefficients[:, column] = model.coef_[0]
            offset[column] = model.intercept_[0]
    return _head(coefficients, offset, classes, index, exclusive=False)


def _head(coefficients: Floats, offset: Floats, classes: Sequence[str], index: dict[str, int], *, exclusive: bool) -> Head:
    cut = len(index)
    if coefficients.shape[0] != cut + VECTOR_WIDTH:
        raise ValueError("the table was not built with this vocabulary")
    return Head(tuple(classes), exclusive, index, coefficients[:cut].copy(), coefficients[cut:].copy(), offset)
