"""Views of the queue that people saved under a name: their own, or shared with the team. One of them may be a person's default."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.orm import Session

from store.errors import AlreadyKnown, Unknown
from store.tables import DefaultViewRow, SavedViewRow, UserRow
from store.users import User
from workflow.vocabulary import UserRole

MOST = 50
"""Views that one person can keep."""

LONGEST_NAME = 60
LONGEST_QUERY = 500


@dataclass(frozen=True, slots=True)
class SavedView:
    """A saved view as one person sees it: `query` is its address after the question mark, `can_change` whether they may change it."""

    id: int
    name: str
    query: str
    shared: bool
    by: str
    can_change: bool
    is_default: bool


def of(session: Session, user: User) -> list[SavedView]:
    """The views that `user` sees, by name: their own and the shared ones."""
    default = session.execute(select(DefaultViewRow.view_id).where(DefaultViewRow.user_id == user.id)).scalar_one_or_none()
    asked = (
        select(SavedViewRow, UserRow.name.label("by"))
        .join(UserRow, UserRow.id == SavedViewRow.user_id)
        .where(~SavedViewRow.deleted, or_(SavedViewRow.user_id == user.id, SavedViewRow.shared))
        .order_by(func.lower(SavedViewRow.name), SavedViewRow.id)
    )
    return [
        SavedView(row.id, row.name, row.query, row.shared, by, _may_change(row, user), row.id == default)
        for row, by in session.execute(asked)
    ]


def default_of(session: Session, user: User) -> SavedView | None:
    """The view with which this person's Queue page opens, while they can see it."""
    return next((view for view in of(session, user) if view.is_default), None)


def save(session: Session, user: User, name: str, query: str, *, shared: bool, now: datetime) -> int:
    """Keep a view under a name; returns its id. Raises AlreadyKnown for a name this person has already, or for too many views."""
    _name_is_free(session, user.id, name)
    if session.execute(_mine(user.id, func.count())).scalar_one() >= MOST:
        raise AlreadyKnown(f"You keep {MOST} views already. Delete one first.")
    row = insert(SavedViewRow).values(user_id=user.id, name=name, query=query, shared=shared, deleted=False, changed_at=now)
    view_id: int = session.execute(row.returning(SavedViewRow.id)).scalar_one()
    return view_id


def change(session: Session, user: User, view_id: int, *, now: datetime, **fields: str | bool) -> None:
    """Set `name`, `query`, `shared` or `deleted`; how it was is kept for undo. Raises Unknown for a view that is not theirs to change."""
    row = _changeable(session, user, view_id)
    _stays_shared(row, user, fields)
    if fields.get("name", row.name) != row.name:
        _name_is_free(session, row.user_id, str(fields["name"]))
    _set(row, fields, now)


def undo(session: Session, user: User, view_id: int, *, now: datetime) -> None:
    """Make the view what it was before its last change; done twice, it is done again. Raises Unknown where nothing was changed."""
    row = _changeable(session, user, view_id)
    if row.before is None:
        raise Unknown("There is nothing to undo on this view.")
    back = dict(row.before)
    _stays_shared(row, user, back)
    if not back["deleted"] and (row.deleted or back["name"] != row.name):
        _name_is_free(session, row.user_id, str(back["name"]))
    _set(row, back, now)


def set_default(session: Session, user: User, view_id: int | None) -> None:
    """The Queue page of this person opens with that view, or with the whole queue. Raises Unknown for a view they do not see."""
    if view_id is not None and view_id not in {view.id for view in of(session, user)}:
        raise Unknown("There is no such view.")
    session.execute(delete(DefaultViewRow).where(DefaultViewRow.user_id == user.id))
    if view_id is not None:
        session.execute(insert(DefaultViewRow).values(user_id=user.id, view_id=view_id))


def _changeable(session: Session, user: User, view_id: int) -> SavedViewRow:
    row = session.get(SavedViewRow, view_id)
    if row is None or not _may_change(row, user):
        raise Unknown("There is no such view, or it is not yours to change: its maker can, and for a shared one a lead.")
    return row


def _may_change(row: SavedViewRow, user: User) -> bool:
    return row.user_id == user.id or (row.shared and user.role is UserRole.LEAD)


def _stays_shared(row: SavedViewRow, user: User, fields: Mapping[str, object]) -> None:
    """Raises Unknown where these fields would take back what somebody else shared."""
    if fields.get("shared") is False and row.user_id != user.id:
        raise Unknown("A shared view stays shared unless its maker takes it back.")


def _name_is_free(session: Session, user_id: int, name: str) -> None:
    if session.execute(_mine(user_id, SavedViewRow.id).where(func.lower(SavedViewRow.name) == name.lower())).first():
        raise AlreadyKnown(f"There is a view “{name}” already. Choose another name.")


def _mine(user_id: int, what: Any) -> Any:
    return select(what).select_from(SavedViewRow).where(SavedViewRow.user_id == user_id, ~SavedViewRow.deleted)


def _set(row: SavedViewRow, fields: dict[str, Any], now: datetime) -> None:
    row.before = {name: getattr(row, name) for name in ("name", "query", "shared", "deleted")}
    for name, value in fields.items():
        setattr(row, name, value)
    row.changed_at = now
