"""What the Queue page asks: the active episodes of a view, sorted and in pages; now, or as they stood at a past moment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, func, or_, select, true
from sqlalchemy.orm import Session

from store import past
from store.patients import Patient, as_patient
from store.tables import EpisodeRow, PatientRow, core
from workflow.episode import Episode
from workflow.vocabulary import BlockerCategory, LaneName, OwnerRole, Status

PAGE = 50
MOST_ID = 2**31 - 1
"""Ids are 32-bit integers in PostgreSQL."""

QUIET_DAYS = (7, 14, 30)
"""After how many days without an outreach attempt an episode counts as quiet; a view names one of them."""


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
    due_today: bool = False
    blocked: bool = False
    blocker: BlockerCategory | None = None
    escalated: bool = False
    unclaimed: bool = False
    quiet_days: int | None = None
    text: str = ""
    sort: Sort = Sort.DUE
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """The moment a queue is asked for, and the clinic's day then. `past` where it is not the present."""

    now: datetime
    today: date
    past: bool = False


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


def page(session: Session, view: View, at: Moment, *, after: str | None = None, size: int = PAGE) -> Page:
    """One page of the view, starting behind the row whose key `after` is. A key that means nothing starts at the beginning."""
    stood = standing(at)
    order = _order(stood, view.sort)
    found = _filtered(stood, view, at)
    start = _parse_key(after, view.sort)
    if start is not None:
        value, last_id = start
        beyond = order < value if view.descending else order > value
        tie = stood.c.id < last_id if view.descending else stood.c.id > last_id
        found = found.where(or_(beyond, and_(order == value, tie)))
    by = (order.desc(), stood.c.id.desc()) if view.descending else (order, stood.c.id)
    keys = session.execute(found.add_columns(order.label("key")).order_by(*by).limit(size + 1)).all()
    shown = keys[:size]
    key = f"{_as_text(shown[-1].key)}|{shown[-1].id}" if len(keys) > size else None
    return Page(_rows(session, shown, at), key)


def every_row(session: Session, view: View, at: Moment, *, size: int = 500) -> Iterator[Row]:
    """All rows of the view in its order, read a page at a time."""
    after = None
    while True:
        some = page(session, view, at, after=after, size=size)
        yield from some.rows
        after = some.after
        if after is None:
            return


def ids(session: Session, view: View, at: Moment, *, limit: int) -> list[int]:
    """The first `limit` episodes of the view, in its order."""
    stood = standing(at)
    order = _order(stood, view.sort)
    by = (order.desc(), stood.c.id.desc()) if view.descending else (order, stood.c.id)
    return [row.id for row in session.execute(_filtered(stood, view, at).order_by(*by).limit(limit))]


def chosen(session: Session, episode_ids: Sequence[int]) -> list[Row]:
    """These episodes as they stand now, closed ones too, in the order asked for; ids that do not exist are left out."""
    asked = select(EpisodeRow, PatientRow).join(PatientRow, PatientRow.id == EpisodeRow.patient_id).where(EpisodeRow.id.in_(episode_ids))
    found = {row.id: Row(row.id, as_patient(patient), Episode.model_validate(row.state)) for row, patient in session.execute(asked)}
    return [found[each] for each in dict.fromkeys(episode_ids) if each in found]


def standing(at: Moment) -> FromClause:
    """The active episodes at that moment: the projection, or the past states, with the same columns."""
    return past.queue_at(at.now) if at.past else core(EpisodeRow)


def quiet_for(stood: FromClause, at: Moment) -> ColumnElement[int]:
    """The longest of `QUIET_DAYS` that passed since the last attempt, or since opening where there was none; 0 for none of them."""
    last = _last_contact(stood)
    return case(*((last <= at.now - timedelta(days=days), days) for days in reversed(QUIET_DAYS)), else_=0)


def matches(stood: FromClause, text: str) -> ColumnElement[bool]:
    """Whether every word of `text` stands in the patient, the owner, the status, the next action or a blocker."""
    searched = (
        *(PatientRow.name, PatientRow.external_id),
        *(stood.c[name] for name in ("owner", "owner_role", "status", "next_action", "blocked_by")),
    )
    words = text.replace("\0", " ").split()  # PostgreSQL's text holds no NUL
    return and_(true(), *(or_(*(column.ilike(f"%{_literal(word)}%", escape="\\") for column in searched)) for word in words))


def still_open(stood: FromClause, at: Moment) -> list[ColumnElement[bool]]:
    """What keeps closed episodes out of the present queue; the past one holds none."""
    return [] if at.past else [stood.c.closed_at.is_(None)]


def _filtered(stood: FromClause, view: View, at: Moment) -> Select[Any]:
    c = stood.c
    rows = select(c.id, c.patient_id, c.version).join(PatientRow, PatientRow.id == c.patient_id).where(*still_open(stood, at))
    for column, word in ((c.lane, view.lane), (c.status, view.status), (c.owner_role, view.owner_role)):
        if word is not None:
            rows = rows.where(column == word.value)
    conditions = (
        (view.owner is not None, c.owner == view.owner),
        (view.offered_to is not None, c.offered_to == view.offered_to),
        (view.unclaimed, c.owner.is_(None)),
        (view.overdue, c.due < at.today),
        (view.due_today, c.due == at.today),
        (view.blocked, c.blocked_by != ""),
        (view.blocker is not None, ("," + c.blocked_by + ",").contains(f",{view.blocker},", autoescape=True)),
        (view.escalated, c.status == Status.ESCALATED.value),
        (view.quiet_days is not None, quiet_for(stood, at) >= (view.quiet_days or 0)),
        (bool(view.text.replace("\0", " ").split()), matches(stood, view.text)),
    )
    return rows.where(*(condition for asked, condition in conditions if asked))


def _rows(session: Session, keys: Sequence[Any], at: Moment) -> list[Row]:
    """The rows with these keys, in their order."""
    patients = {
        row.id: as_patient(row) for row in session.scalars(select(PatientRow).where(PatientRow.id.in_([k.patient_id for k in keys])))
    }
    wanted = [key.id for key in keys]
    if at.past:
        episodes = past.folded(session, {key.id: key.version for key in keys})
    else:
        found = session.execute(select(EpisodeRow.id, EpisodeRow.state).where(EpisodeRow.id.in_(wanted)))
        episodes = {row.id: Episode.model_validate(row.state) for row in found}
    return [Row(key.id, patients[key.patient_id], episodes[key.id]) for key in keys]


def _last_contact(stood: FromClause) -> ColumnElement[Any]:
    return func.coalesce(stood.c.last_attempt_at, stood.c.opened_at)


def _order(stood: FromClause, sort: Sort) -> ColumnElement[Any]:
    match sort:
        case Sort.DUE:
            return stood.c.due
        case Sort.AGE:
            return stood.c.opened_at
        case Sort.PATIENT:
            return PatientRow.name.expression
        case Sort.STATUS:
            return stood.c.status
        case Sort.LAST_CONTACT:
            return _last_contact(stood)


def _literal(word: str) -> str:
    """What a person typed, with LIKE's own signs taken literally; an underscore stands for itself."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _parse_key(after: str | None, sort: Sort) -> tuple[object, int] | None:
    value, bar, last_id = (after or "").rpartition("|")
    if "\0" in value or not bar or not last_id.isdecimal() or len(last_id) > 10 or int(last_id) > MOST_ID:
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
