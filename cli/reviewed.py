"""What people decided, as the evals take it."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from evals.datasets.export import Origin, ReviewedItem, ReviewedNote
from store import notes, patients
from store.findings import RECORD
from store.patients import Patient
from store.suggestions import as_suggestion
from store.tables import DecisionRow, NoteRow, PatientRow, ReadingRow, ReviewRow, SuggestionRow
from workflow.vocabulary import Standing

SHORTEST_NAME = 3
"""Characters from which a part of a name is taken out by itself; "Al" alone would take words of the note with it."""


def reviewed_notes(session: Session, *, newest: int | None = None) -> Iterator[ReviewedNote]:
    """Every note that somebody has finished with, oldest first; or so many of the `newest`, newest first."""
    acts = (
        select(SuggestionRow.note_id, func.count().label("acts"))
        .join(DecisionRow, DecisionRow.suggestion_id == SuggestionRow.id)
        .group_by(SuggestionRow.note_id)
        .subquery()
    )
    finished = (
        select(NoteRow, PatientRow, func.coalesce(acts.c.acts, 0))
        .join(PatientRow, PatientRow.id == NoteRow.patient_id)
        .join(ReviewRow, ReviewRow.note_id == NoteRow.id)
        .outerjoin(acts, acts.c.note_id == NoteRow.id)
        .order_by(NoteRow.id if newest is None else NoteRow.id.desc())
        .limit(newest)
    )
    for row, patient_row, decisions in session.execute(finished):
        note, patient = notes.as_note(row), patients.as_patient(patient_row)
        suggestions = select(SuggestionRow).where(
            SuggestionRow.note_id == note.id, SuggestionRow.standing != Standing.SUPERSEDED.value, _of_this_note(note.id)
        )
        items = tuple(_item(one) for one in session.scalars(suggestions.order_by(SuggestionRow.start, SuggestionRow.id)))
        yield ReviewedNote(
            id=str(note.id),
            lane=note.lane,
            written_at=note.written_at,
            author_role=note.author_role,
            source=note.kind,
            text=note.text,
            items=items,
            review_acts=decisions or int(not items),  # of a note without suggestions somebody said that there is nothing in it
            patient_id=str(patient.id),
            redact=_identifying(patient),
        )


def _of_this_note(note_id: int) -> ColumnElement[bool]:
    """What only the record shows is no answer to what this note alone gives cause for."""
    over_record = select(ReadingRow.id).where(ReadingRow.note_id == note_id, ReadingRow.assistant == RECORD)
    return or_(SuggestionRow.reading_id.is_(None), SuggestionRow.reading_id.not_in(over_record))


def _item(row: SuggestionRow) -> ReviewedItem:
    suggestion = as_suggestion(row)
    origin: Origin = "assistant" if suggestion.origin == "assistant" else "reviewer"
    return ReviewedItem(suggestion.standing, origin, suggestion.shown, suggestion.evidence, suggestion.start)


def _identifying(patient: Patient) -> tuple[str, ...]:
    """Words that name the patient: the name and its parts, numbers and addresses."""
    parts = [part for part in patient.name.replace(",", " ").split() if len(part) >= SHORTEST_NAME]
    return tuple(word for word in (patient.name, *parts, patient.external_id, patient.phone, patient.email) if word)
