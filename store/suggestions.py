"""Suggestions: what assistants made of notes, and what reviewers added because it was missed."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from store.errors import Unknown
from store.moved import tell_moved
from store.tables import FaultRow, NoteRow, ReadingRow, ReviewRow, SuggestionRow
from workflow.suggestions import (
    PAYLOAD,
    BlockerPayload,
    EscalationPayload,
    OutreachAttemptPayload,
    Payload,
    TaskPayload,
)
from workflow.vocabulary import Standing, SuggestionKind

UNDECIDED = (Standing.PENDING.value, Standing.SUPERSEDED.value)


@dataclass(frozen=True, slots=True)
class NewSuggestion:
    """One item of a reading: evidence is `text[start:end]` of the note.

    `own_confidence` is the number that the assistant itself gave, None where no assistant made it; `confidence` is what is shown. The two
    differ where the shown one was learnt from decisions, and `learnt_from` says from how many.
    """

    payload: Payload
    start: int
    end: int
    confidence: float
    time_phrase: str | None = None
    own_confidence: float | None = None
    learnt_from: int | None = None


@dataclass(frozen=True, slots=True)
class NewReading:
    """Who read the note and what came of it; `reader` is unique per note, so that a repeated job writes once."""

    reader: str
    assistant: str
    model: str
    prompt: str
    prompt_version: str
    content_hash: str
    refused: int
    stood_in_for: str | None
    usage: dict[str, Any]
    suggestions: Sequence[NewSuggestion]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A stored suggestion; `final` is what a person made of it, None while pending or rejected.

    `why` says what several notes show together, where it rests on more than this one (`store.findings`).
    """

    id: int
    note_id: int
    episode_id: int
    reading_id: int | None
    origin: str
    kind: SuggestionKind
    payload: Payload
    final: Payload | None
    evidence: str
    start: int
    end: int
    time_phrase: str | None
    confidence: float
    standing: Standing
    own_confidence: float | None
    learnt_from: int | None
    why: str | None = None

    @property
    def shown(self) -> Payload:
        """What a page shows: the person's version where there is one."""
        return self.final or self.payload


def fingerprint(payload: Payload, evidence: str) -> str:
    """The same for the same label on the same words: what a reviewer rejected once does not come back unless its evidence is new."""
    match payload:
        case TaskPayload(action=word) | BlockerPayload(category=word) | EscalationPayload(reason=word):
            label: str = word.value
        case OutreachAttemptPayload(channel=channel, outcome=outcome):
            label = f"{channel.value}/{outcome.value}"
    words = re.sub(r"\W+", " ", evidence.casefold()).strip()
    return hashlib.sha256(f"{payload.kind}|{label}|{words}".encode("utf-8", "surrogatepass")).hexdigest()


def save_reading(session: Session, note_id: int, reading: NewReading, *, now: datetime) -> bool:
    """Store a reading and its new suggestions; False where this reader's reading is there already (nothing is written then).

    What a person decided stays as it is and is not suggested again. Undecided suggestions of an earlier reading become what this one says,
    and those it no longer makes are superseded.
    """
    note = session.get(NoteRow, note_id, with_for_update=True)
    if note is None:
        raise Unknown("There is no such note.")
    if session.execute(select(ReadingRow.id).where(ReadingRow.note_id == note_id, ReadingRow.reader == reading.reader)).first():
        return False
    values = {field: getattr(reading, field) for field in NewReading.__dataclass_fields__ if field != "suggestions"}
    reading_id = session.execute(insert(ReadingRow).values(note_id=note_id, at=now, **values).returning(ReadingRow.id)).scalar_one()
    known = {row.fingerprint: row.standing for row in session.scalars(select(SuggestionRow).where(SuggestionRow.note_id == note_id))}
    made: dict[str, NewSuggestion] = {}
    for item in reading.suggestions:
        made.setdefault(fingerprint(item.payload, note.text[item.start : item.end]), item)
    fresh = [as_row(note, reading_id, print_, item, now) for print_, item in made.items() if print_ not in known]
    if fresh:
        session.execute(insert(SuggestionRow), fresh)
    gone = [print_ for print_, standing in known.items() if standing == Standing.PENDING and print_ not in made]
    over_record = select(ReadingRow.id).where(
        ReadingRow.note_id == note_id, ReadingRow.assistant == "record"
    )  # `store.findings` minds them
    pending = SuggestionRow.standing == Standing.PENDING.value
    if gone:
        by_reading = (SuggestionRow.origin == "assistant", SuggestionRow.reading_id.not_in(over_record))
        stale = (SuggestionRow.note_id == note_id, pending, SuggestionRow.fingerprint.in_(gone), *by_reading)
        session.execute(update(SuggestionRow).where(*stale).values(standing=Standing.SUPERSEDED.value))
    back = [print_ for print_, standing in known.items() if standing in UNDECIDED and print_ in made]
    for print_ in back:  # what this reading says of them counts: owner, date, confidence
        again = (SuggestionRow.note_id == note_id, SuggestionRow.fingerprint == print_, SuggestionRow.standing.in_(UNDECIDED))
        session.execute(update(SuggestionRow).where(*again).values(**as_row(note, reading_id, print_, made[print_], now)))
    if fresh or back:
        reopened = session.get(ReviewRow, note_id)
        if reopened is not None:
            session.delete(reopened)
    tell_moved(session, note.episode_id, f"r{reading_id}")
    return True


def as_row(note: NoteRow, reading_id: int | None, print_: str, item: NewSuggestion, now: datetime) -> dict[str, object]:
    """The columns of a pending suggestion on a note."""
    return {
        "note_id": note.id,
        "episode_id": note.episode_id,
        "reading_id": reading_id,
        "origin": "reviewer" if reading_id is None else "assistant",
        "kind": item.payload.kind.value,
        "payload": item.payload.model_dump(mode="json"),
        "final_payload": None,
        "evidence": note.text[item.start : item.end],
        "start": item.start,
        "end": item.end,
        "time_phrase": item.time_phrase,
        "confidence": item.confidence,
        "own_confidence": item.own_confidence,
        "learnt_from": item.learnt_from,
        "fingerprint": print_,
        "standing": Standing.PENDING.value,
        "at": now,
    }


def add_missed(session: Session, note_id: int, payload: Payload, start: int, end: int, *, now: datetime) -> int:
    """What a reviewer adds because the assistant missed it, pending until the same request decides it; returns its id.

    The same label on the same words is one suggestion: if it stands already, its id comes back. Raises Unknown, or ValueError where
    the selection is not in the note.
    """
    note = session.get(NoteRow, note_id)
    if note is None:
        raise Unknown("There is no such note.")
    if not (0 <= start < end <= len(note.text)) or not note.text[start:end].strip():
        raise ValueError("Select the words in the note that say so.")
    item = NewSuggestion(payload=payload, start=start, end=end, confidence=1.0)
    print_ = fingerprint(payload, note.text[start:end])
    same = (SuggestionRow.note_id == note_id, SuggestionRow.fingerprint == print_)
    known = session.execute(select(SuggestionRow.id).where(*same)).scalar_one_or_none()
    if known is not None:
        return known
    row = as_row(note, None, print_, item, now)
    return session.execute(insert(SuggestionRow).values(**row).returning(SuggestionRow.id)).scalar_one()


def record_fault(session: Session, note_id: int, message: str, *, now: datetime) -> None:
    """A try at reading this note failed; `message` is for the person who watches, and holds no note text."""
    session.execute(insert(FaultRow).values(note_id=note_id, message=message, at=now))


def of_note(session: Session, note_id: int) -> list[Suggestion]:
    """The suggestions on a note that are not superseded, in the order of their words."""
    rows = select(SuggestionRow).where(SuggestionRow.note_id == note_id, SuggestionRow.standing != Standing.SUPERSEDED.value)
    return [as_suggestion(row) for row in session.scalars(rows.order_by(SuggestionRow.start, SuggestionRow.id))]


def count_pending(session: Session, episode_id: int) -> int:
    """How many suggestions of an episode nobody has decided."""
    pending = (SuggestionRow.episode_id == episode_id, SuggestionRow.standing == Standing.PENDING.value)
    return session.execute(select(func.count()).select_from(SuggestionRow).where(*pending)).scalar_one()


def pending_escalations(session: Session, episode_id: int) -> list[Suggestion]:
    """What assistants flagged on an episode and nobody has decided yet, newest first."""
    mine = (SuggestionRow.episode_id == episode_id, SuggestionRow.kind == SuggestionKind.ESCALATION.value)
    pending = select(SuggestionRow).where(*mine, SuggestionRow.standing == Standing.PENDING.value)
    return [as_suggestion(row) for row in session.scalars(pending.order_by(SuggestionRow.id.desc()))]


def load(session: Session, suggestion_id: int) -> Suggestion:
    """A suggestion by id. Raises Unknown."""
    row = session.get(SuggestionRow, suggestion_id)
    if row is None:
        raise Unknown("There is no such suggestion.")
    return as_suggestion(row)


def as_suggestion(row: SuggestionRow) -> Suggestion:
    """The domain value of a stored suggestion."""
    return Suggestion(
        id=row.id,
        note_id=row.note_id,
        episode_id=row.episode_id,
        reading_id=row.reading_id,
        origin=row.origin,
        kind=SuggestionKind(row.kind),
        payload=PAYLOAD.validate_python(row.payload),
        final=PAYLOAD.validate_python(row.final_payload) if row.final_payload else None,
        evidence=row.evidence,
        start=row.start,
        end=row.end,
        time_phrase=row.time_phrase,
        confidence=row.confidence,
        standing=Standing(row.standing),
        own_confidence=row.own_confidence,
        learnt_from=row.learnt_from,
        why=row.why,
    )
