"""From the network's raw probability to the chance that a reviewer agrees, and from which chance on it is worth showing.

Both are learnt from notes whose author the network had not seen: a sigmoid over the log-odds (Platt), and the threshold with the best F1.
"""

from collections.abc import Sequence

import numpy as np

from triage.assistants.embedded.decode import Candidate, Judged, candidates
from triage.assistants.embedded.features import Seen
from triage.assistants.embedded.model import KINDS, Settings
from triage.labelled import Gold
from triage.sigmoid import PLAIN, fit
from workflow.suggestions import BlockerPayload, OutreachAttemptPayload, TaskPayload

LEAST = {"task": 0.15, "blocker": 0.1, "attempt": 0.15, "escalation": 0.1}
"""Below these nothing is shown, whatever cross-validation says."""
_START = {"task": 0.45, "blocker": 0.4, "attempt": 0.45, "escalation": 0.4}
_GRID = [step / 40 for step in range(3, 33)]
_FEWEST = 10
"""Candidates of a kind below which its probabilities stay as they are."""


def settle(unseen: Sequence[tuple[Judged, Gold]]) -> Settings:
    """The settings that do best on notes of unseen authors; sensible defaults where there are none."""
    if not unseen:
        return Settings(dict(_START), dict.fromkeys(KINDS, PLAIN))
    thresholds: dict[str, float] = {}
    sigmoids: dict[str, tuple[float, float]] = {}
    for kind in KINDS:
        thresholds[kind] = _best_threshold(kind, unseen)
    judged = [(one, right(one, note.seen, gold)) for note, gold in unseen for one in candidates(note, LEAST)]
    for kind in KINDS:
        mine = [(one.raw, good) for one, good in judged if one.kind == kind]
        sigmoids[kind] = fit(mine) if len(mine) >= _FEWEST else PLAIN
    return Settings(thresholds, sigmoids)


def right(one: Candidate, seen: Seen, gold: Gold) -> bool:
    """Whether a reviewer with this gold would accept the suggestion's main claim (for a task: the step, not yet its owner or date)."""
    if isinstance(one.payload, TaskPayload):
        return any(task.action is one.payload.action and _meets(one, seen.note.text, task.evidence) for task in gold.tasks)
    if isinstance(one.payload, BlockerPayload):
        return any(blocker.category is one.payload.category for blocker in gold.blockers)
    if isinstance(one.payload, OutreachAttemptPayload):
        return any(
            (told.channel, told.outcome) == (one.payload.channel, one.payload.outcome) and _meets(one, seen.note.text, told.evidence)
            for told in gold.outreach_attempts
        )
    return gold.escalation is not None


def _meets(one: Candidate, text: str, quote: str) -> bool:
    start = text.find(quote)
    both = min(one.end, start + len(quote)) - max(one.start, start)
    return 10 * both >= 3 * min(one.end - one.start, len(quote))


def _best_threshold(kind: str, unseen: Sequence[tuple[Judged, Gold]]) -> float:
    def f1(threshold: float) -> float:
        hits = shown = wanted = 0
        for note, gold in unseen:
            found = [one for one in candidates(note, {**_START, kind: threshold}) if one.kind == kind]
            shown += len(found)
            hits += sum(right(one, note.seen, gold) for one in found)
            wanted += _wanted(kind, gold)
        return 2 * hits / (shown + wanted) if shown + wanted else 0.0

    scores = np.array([f1(threshold) for threshold in _GRID])
    smooth = np.convolve(np.pad(scores, 2, mode="edge"), np.ones(5) / 5, mode="valid")  # a lone peak is luck
    return _GRID[int(np.argmax(smooth))]


def _wanted(kind: str, gold: Gold) -> int:
    if kind == "task":
        return len(gold.tasks)
    if kind == "blocker":
        return len({blocker.category for blocker in gold.blockers})
    return len(gold.outreach_attempts) if kind == "attempt" else int(gold.escalation is not None)
