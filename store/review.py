"""What the Review page asks: which notes wait for a decision, in which order, and everything about one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Row, Select, Subquery, case, delete, func, insert, literal, null, or_, select, update
from sqlalchemy.orm import Session

from store.recalls import open_suggestions
from store.tables import (
    DecisionRow,
    EpisodeRow,
    FaultRow,
    InboundRow,
    NoteRow,
    PatientRow,
    ReadingRow,
    ReviewRow,
    SuggestionRow,
    UserRow,
    ViewerRow,
)
from workflow.vocabulary import LaneName, Standing, SuggestionKind

PRESENT = timedelta(seconds=90)
"""Somebody who had a note on screen this long ago still counts as looking at it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One note in the list of notes to review. `least_certain` is the lowest confidence of its pending suggestions, None with none."""

    note_id: int
    patient: str
    lane: LaneName
    written_at: datetime
    pending: int
    urgent: bool
    due: date
    least_certain: float | None


@dataclass(frozen=True, slots=True)
class Pace:
    """What a reviewer decided since a moment; `median_seconds` a card was in view, None where nothing was timed."""

    decided: int
    median_seconds: float | None


def waiting(session: Session, *, today: date, lane: LaneName | None = None, limit: int = 60) -> list[Waiting]:
    """Notes to review: what cannot wait, then what is due by `today`, then the least certain first; at most `limit`.

    Before all stands what patients wrote that may ask for no more messages: until it is reviewed, nothing goes to them by that channel.

    A note that was read and in which nothing was found waits too, at the end: a person says that there is nothing in it.
    Work grows with what waits, not with all notes ever stored: a note with a pending suggestion is never a reviewed one.
    """
    pending = _pending()
    counted = (func.coalesce(pending.c.pending, 0), func.coalesce(pending.c.urgent, 0), pending.c.least_certain)
    stops = _listed(*counted).outerjoin(pending, pending.c.note_id == NoteRow.id).where(NoteRow.id.in_(_stops()), *_in_lane(lane))
    first = [_as_waiting(row) for row in session.execute(stops.order_by(NoteRow.id).limit(limit))]
    limit -= len(first)
    rows = (
        _listed(pending.c.pending, pending.c.urgent, pending.c.least_certain)
        .join(pending, pending.c.note_id == NoteRow.id)
        .where(NoteRow.id.not_in(_stops()), *_in_lane(lane))
        .order_by(pending.c.urgent.desc(), case((EpisodeRow.due <= today, 0), else_=1), pending.c.least_certain, NoteRow.id)
        .limit(limit)
    )
    found = [_as_waiting(row) for row in session.execute(rows)]
    if len(found) == limit:
        return first + found
    listed = or_(NoteRow.id.in_(select(pending.c.note_id)), NoteRow.id.in_(_stops()))
    empty = (
        _listed(literal(0), literal(0), null())
        .where(NoteRow.id.in_(_unreviewed()), ~listed, *_in_lane(lane))
        .order_by(NoteRow.id)
        .limit(limit - len(found))
    )
    return first + found + [_as_waiting(row) for row in session.execute(empty)]


def _stops() -> Select[Any]:
    """Ids of notes that may ask for no more messages, were read, and were not reviewed yet."""
    return select(InboundRow.note_id).where(InboundRow.stop, InboundRow.note_id.in_(_unreviewed()))


def _pending() -> Subquery:
    """The notes with suggestions that are pending or up for review again: how many, whether one is an escalation, and the least certain."""
    return (
        select(
            SuggestionRow.note_id,
            func.count().label("pending"),
            func.max(case((SuggestionRow.kind == SuggestionKind.ESCALATION.value, 1), else_=0)).label("urgent"),
            func.min(SuggestionRow.confidence).label("least_certain"),
        )
        .where(or_(SuggestionRow.standing == Standing.PENDING.value, SuggestionRow.id.in_(open_suggestions())))
        .group_by(SuggestionRow.note_id)
        .subquery()
    )


def _listed(pending: ColumnElement[Any], urgent: ColumnElement[Any], least_certain: ColumnElement[Any]) -> Select[Any]:
    counted = (pending.label("pending"), urgent.label("urgent"), least_certain.label("least_certain"))
    return (
        select(NoteRow.id, PatientRow.name, NoteRow.lane, NoteRow.written_at, EpisodeRow.due, *counted)
        .select_from(NoteRow)
        .join(PatientRow, PatientRow.id == NoteRow.patient_id)
        .join(EpisodeRow, EpisodeRow.id == NoteRow.episode_id)
    )


def _as_waiting(row: Row[Any]) -> Waiting:
    return Waiting(row.id, row.name, LaneName(row.lane), row.written_at, row.pending, bool(row.urgent), row.due, row.least_certain)


def _in_lane(lane: LaneName | None) -> list[ColumnElement[bool]]:
    return [NoteRow.lane == lane.value] if lane else []


def _unreviewed() -> CompoundSelect[int]:
    """Ids of notes that were read and not reviewed yet."""
    return select(ReadingRow.note_id).except_(select(ReviewRow.note_id))


def count_waiting(session: Session, lane: LaneName | None = None) -> int:
    """How many notes wait for review."""
    if lane is None:
        return session.execute(select(func.count()).select_from(_unreviewed().subquery())).scalar_one()
    mine = select(func.count()).select_from(NoteRow).where(NoteRow.id.in_(_unreviewed()), *_in_lane(lane))
    return session.execute(mine).scalar_one()


def count_unread(session: Session) -> int:
    """How many notes no assistant has read yet."""
    stored = select(func.count()).select_from(NoteRow).scalar_subquery()
    read = select(func.count(ReadingRow.note_id.distinct())).scalar_subquery()
    unread: int = session.execute(select(stored - read)).scalar_one()
    return unread


def faults(session: Session, note_ids: Sequence[int]) -> dict[int, str]:
    """The last fault of each of these notes that still has no reading."""
    read = select(ReadingRow.id).where(ReadingRow.note_id == FaultRow.note_id).exists()
    rows = select(FaultRow.note_id, FaultRow.message).where(FaultRow.note_id.in_(note_ids), ~read).order_by(FaultRow.id)
    return {row.note_id: row.message for row in session.execute(rows)}


def stuck(session: Session) -> tuple[int, str]:
    """How many unread notes failed to be read so far, and what went wrong with the one that failed last."""
    read = select(ReadingRow.id).where(ReadingRow.note_id == FaultRow.note_id).exists()
    failing = select(func.count(FaultRow.note_id.distinct()), func.max(FaultRow.id)).where(~read)
    count, last = session.execute(failing).one()
    message = session.execute(select(FaultRow.message).where(FaultRow.id == last)).scalar_one_or_none()
    return count, message or ""


def pace(session: Session, reviewer_id: int, since: datetime) -> Pace:
    """How many suggestions a reviewer decided since `since`, without those undone since, and how long a card took."""
    undone = select(DecisionRow.undoes).where(DecisionRow.undoes.is_not(None))
    mine = (DecisionRow.reviewer_id == reviewer_id, DecisionRow.at >= since)
    rows = select(DecisionRow.seconds).where(*mine, DecisionRow.action != "undo", DecisionRow.id.not_in(undone))
    seconds = list(session.scalars(rows))
    timed = [value for value in seconds if value is not None]
    return Pace(decided=len(seconds), median_seconds=median(timed) if timed else None)


def reviewed_by(session: Session, note_id: int) -> str | None:
    """Who finished this note, or None while it waits."""
    return session.execute(
        select(UserRow.name).join(ReviewRow, ReviewRow.reviewer_id == UserRow.id).where(ReviewRow.note_id == note_id)
    ).scalar_one_or_none()


def readings(session: Session, note_id: int) -> dict[int, ReadingRow]:
    """Every reading of a note by its id, the newest last."""
    return {row.id: row for row in session.scalars(select(ReadingRow).where(ReadingRow.note_id == note_id).order_by(ReadingRow.id))}


def note_seen(session: Session, note_id: int, user_id: int, *, now: datetime) -> None:
    """This person has this note on screen, and no other."""
    session.execute(delete(ViewerRow).where(ViewerRow.user_id == user_id, ViewerRow.note_id != note_id))
    mine = update(ViewerRow).where(ViewerRow.user_id == user_id, ViewerRow.note_id == note_id).values(seen_at=now)
    if session.execute(mine).rowcount == 0:  # type: ignore[attr-defined]
        session.execute(insert(ViewerRow).values(note_id=note_id, user_id=user_id, seen_at=now))


def others_here(session: Session, user_id: int, *, now: datetime) -> dict[int, list[str]]:
    """Names of other people by the note they have on screen."""
    rows = (
        select(ViewerRow.note_id, UserRow.name)
        .join(UserRow, UserRow.id == ViewerRow.user_id)
        .where(ViewerRow.user_id != user_id, ViewerRow.seen_at > now - PRESENT)
        .order_by(UserRow.name)
    )
    here: dict[int, list[str]] = {}
    for row in session.execute(rows):
        here.setdefault(row.note_id, []).append(row.name)
    return here
