"""The evidence in which patterns are sought: the words of accepted blockers and escalations, and the weeks they are counted by."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from store.decided import ACCEPTED
from store.patients import Patient, as_patient
from store.tables import EpisodeRow, NoteRow, PatientRow, SuggestionRow
from workflow.vocabulary import LaneName, OwnerRole

WEEKS = 26
"""How far back evidence is sought and counted."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The words of one accepted blocker or escalation, with where they stand. `category` is as a person accepted it."""

    suggestion: int
    episode: int
    note: int
    written_at: datetime
    lane: LaneName
    owner_role: OwnerRole
    category: str
    words: str
    patient: Patient


def monday(day: date) -> date:
    """The first day of the week."""
    return day - timedelta(days=day.weekday())


def mondays(today: date, weeks: int = WEEKS) -> list[date]:
    """The first days of the last weeks, that of `today` the last."""
    return [monday(today) - timedelta(weeks=ago) for ago in range(weeks - 1, -1, -1)]


def begins(today: date, zone: str, weeks: int = WEEKS) -> datetime:
    """The moment the first of the last weeks began."""
    return datetime.combine(mondays(today, weeks)[0], time(), ZoneInfo(zone))


def pieces() -> Select[SuggestionRow, NoteRow, str, str, PatientRow]:
    return (
        select(SuggestionRow, NoteRow, EpisodeRow.lane, EpisodeRow.owner_role, PatientRow)
        .join(NoteRow, NoteRow.id == SuggestionRow.note_id)
        .join(EpisodeRow, EpisodeRow.id == SuggestionRow.episode_id)
        .join(PatientRow, PatientRow.id == EpisodeRow.patient_id)
        .where(SuggestionRow.kind.in_(("blocker", "escalation")), SuggestionRow.standing.in_(ACCEPTED))
    )


def piece_of(row: SuggestionRow, note: NoteRow, lane: str, owner_role: str, patient: PatientRow) -> Piece:
    payload = row.final_payload or row.payload
    return Piece(
        suggestion=row.id,
        episode=row.episode_id,
        note=row.note_id,
        written_at=note.written_at,
        lane=LaneName(lane),
        owner_role=OwnerRole(owner_role),
        category=payload.get("category") or payload.get("reason") or "other",
        words=row.evidence,
        patient=as_patient(patient),
    )


def evidence(session: Session, since: datetime) -> list[Piece]:
    """The words of every blocker and escalation that people accepted, as it was or edited, in notes written since then."""
    return [piece_of(*row) for row in session.execute(pieces().where(NoteRow.written_at >= since).order_by(SuggestionRow.id))]
