"""The columns of the network's scores: five judgements of a unit, side by side."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from triage.assistants.embedded.examples import ACTIONS, BLOCKERS, CHANNELS, OUTCOMES, REASONS

Floats: TypeAlias = npt.NDArray[np.float32]

CLASSES: dict[str, tuple[str, ...]] = {
    "action": ACTIONS,
    "blocker": BLOCKERS,
    "outcome": OUTCOMES,
    "channel": CHANNELS,
    "reason": REASONS,
}
"""The labels of each head, in the order of its columns.

Blockers are judged each on its own; the labels of the others exclude each other.
"""

_ENDS = np.cumsum([len(labels) for labels in CLASSES.values()]).tolist()
COLUMNS: dict[str, slice] = {name: slice(end - len(labels), end) for (name, labels), end in zip(CLASSES.items(), _ENDS, strict=True)}
WIDTH: int = _ENDS[-1]


def chances(scores: Floats, head: str) -> Floats:
    """One head's probabilities, a row a unit: rows sum to 1 where its labels exclude each other."""
    mine = scores[:, COLUMNS[head]]
    if head == "blocker":
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(mine, -30, 30))), dtype=np.float32)
    grown = np.exp(mine - mine.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True), dtype=np.float32)
