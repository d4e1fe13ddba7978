"""What the Queue page asks: the active episodes, filtered, sorted and in pages; and the counts of the whole queue."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from store.patients import Patient, as_patient
from store.tables import EpisodeRow, PatientRow
from workflow.episode import Episode
from workflow.vocabulary import LaneName, OwnerRole, Status

PAGE = 50


class Sort(StrEnum):
    """Columns the queue can be sorted by; each is made unique by the episode's id, so that pages neither skip nor repeat."""

    DUE = "due"
    AGE = "age"
    PATIENT = "patient"
    STATUS = "status"
    LAST_CONTACT = "last"


@dataclass(frozen=True, slots=True)
class View:
    """Which part of the queue: every field narrows it, and all of them stand in the page's address."""

    lane: LaneName | None = None
    status: Status | None = None
    owner_role: OwnerRole | None = None
    owner: str | None = None
    offered_to: str | None = None
    overdue: bool = False
    blocked: bool = False
    escalated: bool = False
    unclaimed: bool = False
    text: str = ""
    sort: Sort = Sort.DUE
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue."""

    episode_id: int
    patient: Patient
    episode: Episode


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, and the key of the next page: the last row's sort value and id, or None at the end."""

    rows: list[Row]
    after: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """The whole queue of a lane (or of all), whatever else the view narrows."""

    active: int
    overdue: int
    blocked: int
    escalated: int
    unclaimed: int
    mine: int
    offered: int = 0
    by_status: dict[Status, int] = field(default_factory=dict)
    by_owner: dict[OwnerRole, int] = field(default_factory=dict)


def page(session: Session, view: View, *, today: date, after: str | None = None, size: int = PAGE) -> Page:
    """One page of the view, starting behind the row whose key `after` is. A key that means nothing starts at the beginning."""
    order = _SORTS[view.sort]
    rows = _filtered(view, today)
    start = _parse_key(after, view.sort)
    if start is not None:
        value, last_id = start
        beyond = order < value if view.descending else order > value
        tie = EpisodeRow.id < last_id if view.descending else EpisodeRow.id > last_id
        rows = rows.where(or_(beyond, and_(order == value, tie)))
    by = (order.desc(), EpisodeRow.id.desc()) if view.descending else (order, EpisodeRow.id)
    found = session.execute(rows.add_columns(order.label("key")).order_by(*by).limit(size + 1)).all()
    shown = found[:size]
    key = f"{_as_text(shown[-1].key)}|{shown[-1][0].id}" if len(found) > size else None
    return Page([Row(row[0].id, as_patient(row[1]), Episode.model_validate(row[0].state)) for row in shown], key)


def counts(session: Session, *, today: date, lane: LaneName | None = None, owner: str = "") -> Counts:
    """Counts over every active episode of the lane."""
    base = [EpisodeRow.closed_at.is_(None), *([EpisodeRow.lane == lane.value] if lane else [])]

    def how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    total = session.execute(
        select(
            func.count(),
            how_many(EpisodeRow.due < today),
            how_many(EpisodeRow.blocked_by != ""),
            how_many(EpisodeRow.status == Status.ESCALATED.value),
            how_many(EpisodeRow.owner.is_(None)),
            how_many(EpisodeRow.owner == owner),
            how_many(EpisodeRow.offered_to == owner),
        ).where(*base)
    ).one()
    statuses = session.execute(select(EpisodeRow.status, func.count()).where(*base).group_by(EpisodeRow.status))
    owners = session.execute(select(EpisodeRow.owner_role, func.count()).where(*base).group_by(EpisodeRow.owner_role))
    by_status = {Status(status): count for status, count in statuses}
    by_owner = {OwnerRole(role): count for role, count in owners}
    return Counts(*total, by_status=by_status, by_owner=by_owner)


def _filtered(view: View, today: date) -> Select[EpisodeRow, PatientRow]:
    rows = select(EpisodeRow, PatientRow).join(PatientRow, PatientRow.id == EpisodeRow.patient_id).where(EpisodeRow.closed_at.is_(None))
    equal = ((EpisodeRow.lane, view.lane), (EpisodeRow.status, view.status), (EpisodeRow.owner_role, view.owner_role))
    for column, word in equal:
        if word is not None:
            rows = rows.where(column == word.value)
    if view.owner is not None:
        rows = rows.where(EpisodeRow.owner == view.owner)
    if view.offered_to is not None:
        rows = rows.where(EpisodeRow.offered_to == view.offered_to)
    if view.overdue:
        rows = rows.where(EpisodeRow.due < today)
    if view.blocked:
        rows = rows.where(EpisodeRow.blocked_by != "")
    if view.escalated:
        rows = rows.where(EpisodeRow.status == Status.ESCALATED.value)
    if view.unclaimed:
        rows = rows.where(EpisodeRow.owner.is_(None))
    for typed in view.text.replace("\0", " ").split():  # PostgreSQL's text holds no NUL
        like = f"%{_literal(typed)}%"
        rows = rows.where(or_(*(column.ilike(like, escape="\\") for column in _SEARCHED)))
    return rows


_SEARCHED = (
    PatientRow.name,
    PatientRow.external_id,
    EpisodeRow.owner,
    EpisodeRow.owner_role,
    EpisodeRow.status,
    EpisodeRow.next_action,
    EpisodeRow.blocked_by,
)
_SORTS: dict[Sort, ColumnElement[Any]] = {
    Sort.DUE: EpisodeRow.due.expression,
    Sort.AGE: EpisodeRow.opened_at.expression,
    Sort.PATIENT: PatientRow.name.expression,
    Sort.STATUS: EpisodeRow.status.expression,
    Sort.LAST_CONTACT: func.coalesce(EpisodeRow.last_attempt_at, EpisodeRow.opened_at),
}


def _literal(word: str) -> str:
    """What a person typed, with LIKE's own signs taken literally; an underscore stands for itself."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _parse_key(after: str | None, sort: Sort) -> tuple[object, int] | None:
    value, bar, last_id = (after or "").rpartition("|")
    if "\0" in value or not bar or not last_id.isdecimal() or len(last_id) > 18:
        return None
    try:
        match sort:
            case Sort.DUE:
                return date.fromisoformat(value), int(last_id)
            case Sort.AGE | Sort.LAST_CONTACT:
                return datetime.fromisoformat(value).astimezone(UTC), int(last_id)
            case _:
                return value, int(last_id)
    except (ValueError, OverflowError):
        return None
