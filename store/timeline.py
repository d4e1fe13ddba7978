"""What the Patient page asks: one episode with its patient, its notes, and everything that happened, newest first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store import contact, past, patients
from store.contact import Entry
from store.errors import Unknown
from store.notes import StoredNote, as_note
from store.patients import Patient
from store.tables import DecisionRow, EpisodeRow, EventRow, NoteRow, SuggestionRow, UserRow
from workflow.contact import ContactFacts
from workflow.episode import Episode
from workflow.events import Event, Retracted
from workflow.vocabulary import LaneName, Standing


@dataclass(frozen=True, slots=True)
class NoteEntry:
    """A note on the timeline; `undecided` counts its pending suggestions."""

    at: datetime
    note: StoredNote
    made: int
    undecided: int


@dataclass(frozen=True, slots=True)
class EventEntry:
    """An event on the timeline; note, suggestion and decision where one on that note made it, `taken_back` where it was undone."""

    at: datetime
    event: Event
    who: str
    note_id: int | None
    suggestion_id: int | None
    decision_id: int | None
    taken_back: bool


@dataclass(frozen=True, slots=True)
class EpisodeView:
    """All the Patient page shows. `others` are the patient's other episodes: id, lane, open or not.

    `facts` and `wishes` are what is known, and what was recorded over time, about contacting the patient.
    """

    episode_id: int
    patient: Patient
    episode: Episode
    timeline: list[NoteEntry | EventEntry]
    others: list[tuple[int, LaneName, bool]]
    facts: ContactFacts
    wishes: list[Entry]


def view(session: Session, episode_id: int) -> EpisodeView:
    """Everything about one episode. Raises Unknown."""
    row = session.get(EpisodeRow, episode_id)
    if row is None:
        raise Unknown("There is no such episode.")
    entries: list[NoteEntry | EventEntry] = [*_notes(session, episode_id), *_events(session, episode_id)]
    entries.sort(
        key=lambda entry: (entry.at, isinstance(entry, EventEntry), entry.event.seq if isinstance(entry, EventEntry) else 0), reverse=True
    )
    others = session.execute(
        select(EpisodeRow.id, EpisodeRow.lane, EpisodeRow.closed_at.is_(None))
        .where(EpisodeRow.patient_id == row.patient_id, EpisodeRow.id != episode_id)
        .order_by(EpisodeRow.id.desc())
    )
    return EpisodeView(
        episode_id=episode_id,
        patient=patients.load(session, row.patient_id),
        episode=Episode.model_validate(row.state),
        timeline=entries,
        others=[(other, LaneName(lane), bool(is_open)) for other, lane, is_open in others],
        facts=contact.facts(session, row.patient_id),
        wishes=contact.history(session, row.patient_id),
    )


def _notes(session: Session, episode_id: int) -> list[NoteEntry]:
    counts = dict(
        session.execute(
            select(SuggestionRow.note_id, func.count())
            .where(SuggestionRow.episode_id == episode_id, SuggestionRow.standing != Standing.SUPERSEDED.value)
            .group_by(SuggestionRow.note_id)
        ).all()
    )
    undecided = dict(
        session.execute(
            select(SuggestionRow.note_id, func.count())
            .where(SuggestionRow.episode_id == episode_id, SuggestionRow.standing == Standing.PENDING.value)
            .group_by(SuggestionRow.note_id)
        ).all()
    )
    rows = session.scalars(select(NoteRow).where(NoteRow.episode_id == episode_id))
    return [NoteEntry(row.written_at, as_note(row), counts.get(row.id, 0), undecided.get(row.id, 0)) for row in rows]


def _events(session: Session, episode_id: int) -> list[EventEntry]:
    names = dict(session.execute(select(UserRow.username, UserRow.name)).all())
    rows = session.execute(
        select(EventRow, SuggestionRow.note_id, SuggestionRow.id)
        .outerjoin(DecisionRow, DecisionRow.id == EventRow.decision_id)
        .outerjoin(SuggestionRow, SuggestionRow.id == DecisionRow.suggestion_id)
        .where(EventRow.episode_id == episode_id)
        .order_by(EventRow.seq)
    ).all()
    events = [(past.as_event(row), note_id, suggestion_id, row.decision_id) for row, note_id, suggestion_id in rows]
    taken_back = {seq for event, *_ in events if isinstance(event.change, Retracted) for seq in event.change.seqs}
    return [
        EventEntry(
            event.at, event, names.get(event.actor.name, event.actor.name), note_id, suggestion_id, decision_id, event.seq in taken_back
        )
        for event, note_id, suggestion_id, decision_id in events
    ]
