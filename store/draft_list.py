"""Lists of outreach drafts: what waits for a person, what is on its way, what was decided lately."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from store.deliveries import DeliveryState
from store.tables import DeliveryRow, DraftDecisionRow, DraftRow, EpisodeRow, PatientRow, UserRow
from workflow.vocabulary import Action, DraftForm, DraftStanding, LaneName

MOST = 100
"""Drafts of one list at a time."""

UNDERWAY = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.BY_HAND)
TROUBLED = (DeliveryState.UNKNOWN, DeliveryState.FAILED, DeliveryState.BOUNCED)
"""States that a person has to look at."""

NOBODY = ""
"""As `whose`: episodes that nobody owns."""


@dataclass(frozen=True, slots=True)
class DraftFilter:
    """What of a list is asked for; None narrows nothing. `whose` is a user name, or NOBODY."""

    lane: LaneName | None = None
    form: DraftForm | None = None
    whose: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A draft in a list. `decided_by` and `decided_at` are of the last decision, `delivery` is where its delivery stands."""

    draft_id: int
    episode_id: int
    patient: str
    lane: LaneName
    form: DraftForm
    language: str
    purpose: Action
    why: str
    due: date
    owner: str | None
    standing: DraftStanding
    at: datetime
    decided_by: str | None
    decided_at: datetime | None
    delivery: DeliveryState | None
    send_after: datetime | None
    delivery_why: str


def waiting(session: Session, asked: DraftFilter = DraftFilter()) -> list[Listed]:
    """Drafts that wait for a person, those due first."""
    rows = _listed(asked).where(DraftRow.standing == DraftStanding.PENDING.value).order_by(EpisodeRow.due, DraftRow.id)
    return _of(session, rows)


def under_way(session: Session, asked: DraftFilter = DraftFilter()) -> list[Listed]:
    """Approved drafts that have not left yet, or of which a person has to say what became; those in trouble first."""
    states = [state.value for state in (*UNDERWAY, *TROUBLED)]
    trouble = DeliveryRow.state.in_([state.value for state in TROUBLED])
    rows = _listed(asked).where(DraftRow.standing == DraftStanding.APPROVED.value, DeliveryRow.state.in_(states))
    return _of(session, rows.order_by(trouble.desc(), DeliveryRow.send_after, DraftRow.id))


def settled(session: Session, asked: DraftFilter = DraftFilter(), *, since: datetime) -> list[Listed]:
    """Drafts decided after `since` about which nothing more is to be done, the last decided first."""
    last = _listed(asked).where(_LAST.at >= since)
    over = or_(DraftRow.standing == DraftStanding.REJECTED.value, and_(DraftRow.standing == DraftStanding.APPROVED.value, _HAS_LEFT))
    return _of(session, last.where(over).order_by(_LAST.id.desc()))


def count_waiting(session: Session, asked: DraftFilter | None = None) -> int:
    """How many drafts wait for a person."""
    pending = select(func.count()).select_from(DraftRow).where(DraftRow.standing == DraftStanding.PENDING.value)
    if asked is not None:
        pending = pending.join(EpisodeRow, EpisodeRow.id == DraftRow.episode_id).where(*_asked(asked))
    return session.execute(pending).scalar_one()


def waiting_of(session: Session, episode_ids: Collection[int]) -> dict[int, int]:
    """The draft that waits for a person, by the id of its episode; of several the newest."""
    waits = (DraftRow.standing == DraftStanding.PENDING.value, DraftRow.episode_id.in_(episode_ids))
    return dict(session.execute(select(DraftRow.episode_id, func.max(DraftRow.id)).where(*waits).group_by(DraftRow.episode_id)).all())


def due_without(
    session: Session, today: date, actions: Collection[Action], *, after: tuple[date, int] | None, most: int
) -> list[tuple[date, int]]:
    """Due day and id of open episodes with one of these next actions, due by `today`, for which no draft waits; due longest first.

    Those after `after`, at most so many.
    """
    pending = select(DraftRow.id).where(DraftRow.episode_id == EpisodeRow.id, DraftRow.standing == DraftStanding.PENDING.value)
    asked = [EpisodeRow.closed_at.is_(None), EpisodeRow.due <= today, EpisodeRow.next_action.in_(list(actions)), ~pending.exists()]
    if after is not None:
        asked.append(tuple_(EpisodeRow.due, EpisodeRow.id) > tuple_(literal(after[0]), literal(after[1])))
    rows = select(EpisodeRow.due, EpisodeRow.id).where(*asked).order_by(EpisodeRow.due, EpisodeRow.id).limit(most)
    return [(due, episode_id) for due, episode_id in session.execute(rows)]


_LAST = aliased(DraftDecisionRow)
_HAS_LEFT = DeliveryRow.state.in_([DeliveryState.SENT.value, DeliveryState.DELIVERED.value, DeliveryState.CANCELLED.value])


def _listed(asked: DraftFilter) -> Select[*tuple[Any, ...]]:
    newest = select(func.max(DraftDecisionRow.id)).where(DraftDecisionRow.draft_id == DraftRow.id).scalar_subquery()
    return (
        select(DraftRow, EpisodeRow.lane, EpisodeRow.due, EpisodeRow.owner, PatientRow.name, _LAST.at, UserRow.name, DeliveryRow)
        .join(EpisodeRow, EpisodeRow.id == DraftRow.episode_id)
        .join(PatientRow, PatientRow.id == EpisodeRow.patient_id)
        .outerjoin(_LAST, _LAST.id == newest)
        .outerjoin(UserRow, UserRow.id == _LAST.user_id)
        .outerjoin(DeliveryRow, DeliveryRow.approval_id == _LAST.id)
        .where(*_asked(asked))
        .limit(MOST)
    )


def _asked(asked: DraftFilter) -> list[ColumnElement[bool]]:
    narrowed = []
    if asked.lane is not None:
        narrowed.append(EpisodeRow.lane == asked.lane.value)
    if asked.form is not None:
        narrowed.append(DraftRow.form == asked.form.value)
    if asked.whose is not None:
        narrowed.append(EpisodeRow.owner == asked.whose if asked.whose else EpisodeRow.owner.is_(None))
    return narrowed


def _of(session: Session, rows: Select[*tuple[Any, ...]]) -> list[Listed]:
    return [
        Listed(
            draft_id=draft.id,
            episode_id=draft.episode_id,
            patient=name,
            lane=LaneName(lane),
            form=DraftForm(draft.form),
            language=draft.language,
            purpose=Action(draft.purpose),
            why=draft.why,
            due=due,
            owner=owner,
            standing=DraftStanding(draft.standing),
            at=draft.at,
            decided_by=decided_by,
            decided_at=decided_at,
            delivery=DeliveryState(delivery.state) if delivery else None,
            send_after=delivery.send_after if delivery else None,
            delivery_why=delivery.why if delivery else "",
        )
        for draft, lane, due, owner, name, decided_at, decided_by, delivery in session.execute(rows)
    ]
