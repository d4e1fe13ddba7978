"""Notes: immutable, unique by (source, external id), kept as they came.

Storing a note also finds the patient's open episode in the note's lane, or opens one, and enqueues the reading of the note, all in
the caller's transaction: a note that is stored will be read, whatever happens to the process afterwards.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from store import episodes, patients
from store.database import take_turns
from store.errors import AlreadyKnown, Unknown
from store.lanes import Lanes
from store.patients import UNIDENTIFIED, Added, NewPatient
from store.tables import EpisodeRow, NoteRow, PatientRow, ReadingRow, core
from workflow.events import RULE
from workflow.moves import open_episode
from workflow.vocabulary import LaneName

_N, _P, _E = core(NoteRow).c, core(PatientRow).c, core(EpisodeRow).c
_KNOWN = (
    select(_N.text, _N.written_at, _N.lane, _P.external_id.label("patient"))
    .join(core(PatientRow), _P.id == _N.patient_id)
    .where(_N.source == bindparam("source"), _N.external_id == bindparam("external_id"))
)
_ADD = insert(core(NoteRow)).returning(_N.id)
_PATIENT = select(_P.id).where(_P.source == bindparam("source"), _P.external_id == bindparam("external_id"))
_EPISODE = select(_E.id).where(_E.patient_id == bindparam("patient_id"), _E.lane == bindparam("lane"), _E.closed_at.is_(None))

Enqueue = Callable[[Session, int], None]
"""Enqueues the reading of a note by id, in the session's transaction."""

_LOCK = 715_209
"""Held while a note is stored: the same note, or two of one patient, may come in over several connections at once."""


@dataclass(frozen=True, slots=True)
class NewNote:
    """A note as an outside system has it. `patient` is the patient's id there, or None; `kind` says what sort of text it is."""

    source: str
    external_id: str
    patient: str | None
    lane: LaneName
    author: str
    author_role: str
    kind: str
    written_at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class StoredNote:
    """A stored note. `written_at` carries the note's own offset."""

    id: int
    external_id: str
    patient_id: int
    episode_id: int
    lane: LaneName
    author: str
    author_role: str
    kind: str
    written_at: datetime
    text: str


def add_note(session: Session, note: NewNote, *, lanes: Lanes, now: datetime, enqueue: Enqueue) -> Added:
    """Store a note once and enqueue its reading.

    Raises AlreadyKnown where the id is known with another text, time, lane or patient, Unknown where the patient is not known.
    """
    take_turns(session, _LOCK)
    known = session.execute(_KNOWN, {"source": note.source, "external_id": note.external_id}).one_or_none()
    if known is not None:
        if (known.text, known.written_at, known.lane, known.patient) != (note.text, note.written_at, note.lane.value, _patient_id(note)):
            raise AlreadyKnown(
                f"note {note.external_id} is already known with another text, time, lane or patient. "
                "Notes never change: give a correction an id of its own."
            )
        return Added.KNOWN
    patient_id = _patient_of(session, note, now)
    episode_id = _episode_of(session, patient_id, note, lanes, now)
    offset = note.written_at.utcoffset()
    stored = {
        "source": note.source,
        "external_id": note.external_id,
        "patient_id": patient_id,
        "episode_id": episode_id,
        "lane": note.lane.value,
        "author": note.author,
        "author_role": note.author_role,
        "kind": note.kind,
        "written_at": note.written_at,
        "offset_minutes": int(offset.total_seconds() // 60) if offset else 0,
        "text": note.text,
        "imported_at": now,
    }
    enqueue(session, session.execute(_ADD, stored).scalar_one())
    return Added.NEW


def _patient_id(note: NewNote) -> str:
    """The patient's id in the note's source; a stand-in's own where the note names nobody."""
    return note.patient if note.patient is not None else f"{UNIDENTIFIED}{note.external_id}"


def _patient_of(session: Session, note: NewNote, now: datetime) -> int:
    external_id = _patient_id(note)
    known: int | None = session.execute(_PATIENT, {"source": note.source, "external_id": external_id}).scalar_one_or_none()
    if known is not None:
        return known
    if note.patient is not None:
        raise Unknown(f"patient {note.patient} is not known. Import the patients first, or mend the id.")
    stand_in = NewPatient(source=note.source, external_id=external_id, name="Patient not identified")
    patients.add_patient(session, stand_in, now=now)
    stood_in: int = session.execute(_PATIENT, {"source": note.source, "external_id": external_id}).scalar_one()
    return stood_in


def _episode_of(session: Session, patient_id: int, note: NewNote, lanes: Lanes, now: datetime) -> int:
    """The patient's open episode in the note's lane; a first note, or one after closing, opens a new one."""
    found: int | None = session.execute(_EPISODE, {"patient_id": patient_id, "lane": note.lane.value}).scalar()
    if found is not None:
        return found
    return episodes.create(
        session, patient_id, note.lane, open_episode(lanes[note.lane], now=now, actor=RULE, reason=lanes[note.lane].title)
    )


def load(session: Session, note_id: int) -> StoredNote:
    """A note by id. Raises Unknown."""
    row = session.get(NoteRow, note_id)
    if row is None:
        raise Unknown("There is no such note.")
    return as_note(row)


def as_note(row: NoteRow) -> StoredNote:
    """The domain value of a stored note."""
    return StoredNote(
        id=row.id,
        external_id=row.external_id,
        patient_id=row.patient_id,
        episode_id=row.episode_id,
        lane=LaneName(row.lane),
        author=row.author,
        author_role=row.author_role,
        kind=row.kind,
        written_at=row.written_at.astimezone(timezone(timedelta(minutes=row.offset_minutes))),
        text=row.text,
    )


def unread(session: Session) -> list[int]:
    """Ids of notes that no assistant has read yet, oldest import first."""
    read = select(ReadingRow.note_id)
    return list(session.scalars(select(NoteRow.id).where(NoteRow.id.not_in(read)).order_by(NoteRow.id)))
