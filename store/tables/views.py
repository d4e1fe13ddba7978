"""Saved views of the Queue, and what was changed many at once."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base


class SavedViewRow(Base):
    """A view of the queue under a name, its maker's own or shared. `before` is how it was before its last change, for undo."""

    __tablename__ = "saved_views"
    __table_args__ = (Index("ix_saved_views_user", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    query: Mapped[str]
    shared: Mapped[bool]
    deleted: Mapped[bool]
    before: Mapped[dict[str, Any] | None]
    changed_at: Mapped[datetime]


class DefaultViewRow(Base):
    """The view with which a person's Queue page opens."""

    __tablename__ = "default_views"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    view_id: Mapped[int] = mapped_column(ForeignKey("saved_views.id"))


class BatchRow(Base):
    """One change that a person made to many episodes. `token` is that of the preview it was approved on: posted twice, it is one batch."""

    __tablename__ = "batches"
    __table_args__ = (UniqueConstraint("token"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    act: Mapped[dict[str, Any]]
    why: Mapped[str]
    at: Mapped[datetime]


class BatchItemRow(Base):
    """What became of one episode of a batch. `version` is the one that the preview showed; the events made are `first_seq`..`last_seq`."""

    __tablename__ = "batch_items"
    __table_args__ = (
        CheckConstraint("outcome IN ('waiting', 'moved', 'unchanged', 'refused', 'stale', 'undone')", name="ck_batch_items_outcome"),
    )

    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id"), primary_key=True, autoincrement=False)
    episode_id: Mapped[int] = mapped_column(ForeignKey("episodes.id"), primary_key=True, autoincrement=False)
    version: Mapped[int]
    outcome: Mapped[str]
    why: Mapped[str]
    first_seq: Mapped[int | None]
    last_seq: Mapped[int | None]
