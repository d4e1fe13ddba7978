"""What people decided about the suggestions of assistants, as confidence is learnt from it."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.tables import NoteRow, ReadingRow, SuggestionRow
from workflow.vocabulary import Standing, SuggestionKind

ACCEPTED = (Standing.ACCEPTED.value, Standing.EDITED.value)
DECIDED = (*ACCEPTED, Standing.REJECTED.value)


@dataclass(frozen=True, slots=True)
class DecidedSuggestion:
    """A suggestion of an assistant and what became of it. `own_confidence` is the assistant's own number, 0 to 1."""

    assistant: str
    kind: SuggestionKind
    own_confidence: float
    is_accepted: bool
    patient_id: int


def decided(session: Session) -> list[DecidedSuggestion]:
    """Every suggestion of an assistant whose last decision stands, oldest first.

    One that was edited was accepted: the assistant was right that there is something here, if not in every detail. Undone decisions count
    for nothing, as does what a reviewer added and what a later reading superseded.
    """
    rows = session.execute(
        select(ReadingRow.assistant, SuggestionRow.kind, SuggestionRow.own_confidence, SuggestionRow.standing, NoteRow.patient_id)
        .join(ReadingRow, ReadingRow.id == SuggestionRow.reading_id)
        .join(NoteRow, NoteRow.id == SuggestionRow.note_id)
        .where(SuggestionRow.origin == "assistant", SuggestionRow.standing.in_(DECIDED), SuggestionRow.own_confidence.is_not(None))
        .order_by(SuggestionRow.id)
    )
    return [
        DecidedSuggestion(assistant, SuggestionKind(kind), own, standing in ACCEPTED, patient)
        for assistant, kind, own, standing, patient in rows
        if own is not None
    ]
