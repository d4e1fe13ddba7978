"""From labelled notes to labelled units: which clause or sentence carries which label."""

from collections.abc import Sequence
from dataclasses import dataclass

from triage.assistants.embedded.clauses import Clause
from triage.assistants.embedded.features import Seen
from triage.labelled import Gold
from workflow.vocabulary import Action, BlockerCategory, Channel, EscalationReason, Outcome

NONE = "none"
ACTIONS = (NONE, *Action.values())
BLOCKERS = tuple(BlockerCategory.values())
OUTCOMES = (NONE, *Outcome.values())
CHANNELS = (NONE, *Channel.values())
REASONS = (NONE, *EscalationReason.values())


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of one note's units, in their order. `channels` is NONE where no attempt is told."""

    actions: tuple[str, ...]
    blockers: tuple[frozenset[str], ...]
    outcomes: tuple[str, ...]
    channels: tuple[str, ...]
    reasons: tuple[str, ...]


def label(seen: Seen, gold: Gold) -> Labels:
    """The labels that `gold` gives each unit of a note: a unit carries a label where it holds the better part of the evidence."""
    text = seen.note.text
    clauses = [unit.place for unit in seen.clauses]
    sentences = [unit.place for unit in seen.sentences]
    actions = [NONE] * len(clauses)
    blockers: list[set[str]] = [set() for _ in clauses]
    outcomes = [NONE] * len(sentences)
    channels = [NONE] * len(sentences)
    reasons = [NONE] * len(sentences)
    for task in gold.tasks:
        for index in _carriers(clauses, text, task.evidence):
            actions[index] = task.action.value
    for blocker in gold.blockers:
        for index in _carriers(clauses, text, blocker.evidence):
            blockers[index].add(blocker.category.value)
    for attempt in gold.outreach_attempts:
        for index in _carriers(sentences, text, attempt.evidence):
            outcomes[index], channels[index] = attempt.outcome.value, attempt.channel.value
    if gold.escalation:
        for index in _carriers(sentences, text, gold.escalation.evidence):
            reasons[index] = gold.escalation.reason.value
    return Labels(tuple(actions), tuple(frozenset(found) for found in blockers), tuple(outcomes), tuple(channels), tuple(reasons))


def _carriers(places: Sequence[Clause], text: str, quote: str) -> list[int]:
    """The unit that holds most of the quote, and every other that lies mostly inside it."""
    start = text.find(quote)
    end = start + len(quote)
    shares = [max(0, min(end, place.end) - max(start, place.start)) for place in places]
    if not shares or max(shares) <= 0:
        return []
    most = shares.index(max(shares))
    return [
        index
        for index, (place, share) in enumerate(zip(places, shares, strict=True))
        if index == most or share >= 0.7 * (place.end - place.start)
    ]
