"""Notes with the answers that people settled on, in the shape that a model is asked for.

A label says what is right, not which of the note's words tell the day or the number; a reply must quote them. They are looked for here, and
a note for which they cannot be found is no example: it would teach to leave them out.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from triage.assistants.llm.checking import check
from triage.assistants.llm.counts import words_for
from triage.assistants.llm.fence import plain_words, sendable
from triage.assistants.llm.schema import AttemptItem, BlockerItem, EscalationItem, NoteReply, TaskItem
from triage.dates import find_time_phrases
from triage.labelled import Gold, LabelledNote
from triage.orders import orders
from triage.reading import Note

NEAR_CHARS = 120
"""How far from its evidence the words for a task's day may stand; farther ones belong to something else."""


@dataclass(frozen=True, slots=True)
class Example:
    """A note and its right answer, as JSON. `id` is kept with every reading that was shown it; `patient` tells one patient from another."""

    id: str
    patient: str | None
    author_role: str
    text: str
    answer: str

    @property
    def chars(self) -> int:
        """What it adds to a prompt."""
        return len(self.text) + len(self.answer)


class Examples(Protocol):
    """Where examples come from. Asked by several threads."""

    @property
    def name(self) -> str:
        """What is known beforehand of how they are chosen: a part of the reader's identity."""
        ...

    def examples_for(self, note: Note) -> Sequence[Example]:
        """Examples for `note`, the most telling last: never of its patient, never from an eval set."""
        ...


def text_key(text: str) -> str:
    """The same for texts that differ in white space and letter case alone: by it a note of an eval set is known again."""
    return hashlib.sha256(" ".join(text.casefold().split()).encode("utf-8", "surrogatepass")).hexdigest()


def as_example(labelled: LabelledNote, *, note_id: str | None = None, patient: str | None = None) -> Example | None:
    """`labelled` as an example; None where it has no gold, or gold that no reply could give back exactly, or speaks to its reader.

    `note_id` and `patient` stand in for the line's own.
    """
    if labelled.gold is None or labelled.text != sendable(labelled.text) or orders(labelled.text):
        return None
    reply = _reply(labelled.gold, labelled.text, labelled.written_at)
    if reply is None or not _gives_back(reply, labelled):
        return None
    return Example(
        id=note_id or labelled.id,
        patient=patient or labelled.note().patient,
        author_role=plain_words(labelled.author_role),
        text=labelled.text,
        answer=reply.model_dump_json(),
    )


def _gives_back(reply: NoteReply, labelled: LabelledNote) -> bool:
    """Whether reading `reply` makes the labels again: only then is it the answer that people settled on."""
    assert labelled.gold is not None  # noqa: S101 — the caller looked
    checked = check(reply, labelled.text, labelled.written_at)
    gold = [*labelled.gold.tasks, *labelled.gold.blockers, *labelled.gold.outreach_attempts]
    gold += [labelled.gold.escalation] if labelled.gold.escalation else []
    settled = {item.model_dump_json(exclude={"evidence"}) for item in gold}
    return not checked.complaints and {item.payload.model_dump_json() for item in checked.items} == settled


def _reply(gold: Gold, text: str, written_at: datetime) -> NoteReply | None:
    try:
        return NoteReply(
            tasks=[
                TaskItem(
                    quote=task.evidence,
                    action=task.action,
                    owner_role=task.owner_role,
                    time_phrase=_time_phrase(task.evidence, task.due, text, written_at) if task.due else None,
                )
                for task in gold.tasks
            ],
            blockers=[BlockerItem(quote=blocker.evidence, category=blocker.category) for blocker in gold.blockers],
            outreach_attempts=[
                AttemptItem(
                    quote=attempt.evidence,
                    channel=attempt.channel,
                    outcome=attempt.outcome,
                    counted=[_counted(attempt.evidence, attempt.count)] if attempt.count > 1 else [],
                )
                for attempt in gold.outreach_attempts
            ],
            escalation=EscalationItem(quote=gold.escalation.evidence, reason=gold.escalation.reason) if gold.escalation else None,
        )
    except (_NotToldError, ValueError):  # more items than a reply may have is a ValueError of pydantic's
        return None


class _NotToldError(Exception):
    """The note has no words for what the label says."""


def _time_phrase(evidence: str, due: date, text: str, written_at: datetime) -> str:
    start = text.index(evidence)
    end = start + len(evidence)
    fitting = [phrase for phrase in find_time_phrases(text) if phrase.resolve(written_at) == due]
    near = {phrase.text: max(start - phrase.end, phrase.start - end, 0) for phrase in reversed(fitting)}
    if not near or min(near.values()) > NEAR_CHARS:
        raise _NotToldError
    return min(near, key=lambda words: near[words])


def _counted(evidence: str, number: int) -> str:
    words = words_for(number, evidence)
    if words is None:
        raise _NotToldError
    return words
