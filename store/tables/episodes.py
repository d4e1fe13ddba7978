"""Patients, their episodes, the events that episodes are folded from, and what is kept of them for the pages."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base


class PatientRow(Base):
    """Known by (source, external id) alone; nothing else merges two patients."""

    __tablename__ = "patients"
    __table_args__ = (UniqueConstraint("source", "external_id"), Index("ix_patients_name", "name"))

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    external_id: Mapped[str]
    name: Mapped[str]
    birth_date: Mapped[date | None]
    language: Mapped[str] = mapped_column(default="en")
    phone: Mapped[str | None]
    email: Mapped[str | None]
    site: Mapped[str | None]
    contact_preference: Mapped[str | None]
    zone: Mapped[str | None]
    created_at: Mapped[datetime]


MORE_COUNTED = ("offered_to", "last_attempt_at", "opened_at")


class EpisodeRow(Base):
    """The projection of one episode's events. `state` is the whole of it; the columns beside it are what pages filter and sort by."""

    __tablename__ = "episodes"
    __table_args__ = (
        CheckConstraint("closed_at IS NOT NULL OR status <> 'closed'", name="ck_episodes_open_is_not_closed"),
        # The queue is read by these alone: the rows themselves are wide with `state`.
        Index("ix_episodes_due", "closed_at", "due", "id"),
        Index("ix_episodes_counts", "closed_at", "lane", "status", "owner_role", "owner", "due", "blocked_by", *MORE_COUNTED),
        Index("ix_episodes_past", "opened_at", "closed_at", "lane", "patient_id"),
        Index("ix_episodes_patient", "patient_id"),
        Index(
            "ux_episodes_open",
            "patient_id",
            "lane",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id"))
    lane: Mapped[str]
    version: Mapped[int]
    state: Mapped[dict[str, Any]]
    status: Mapped[str]
    owner_role: Mapped[str]
    owner: Mapped[str | None]
    offered_to: Mapped[str | None]
    next_action: Mapped[str]
    due: Mapped[date]
    blocked_by: Mapped[str]
    last_attempt_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class EventRow(Base):
    """One event. Append-only."""

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("episode_id", "seq"),
        CheckConstraint("actor_kind IN ('person', 'rule')", name="ck_events_actor"),
        CheckConstraint("seq >= 1", name="ck_events_seq"),
        Index("ix_events_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    episode_id: Mapped[int] = mapped_column(ForeignKey("episodes.id"))
    seq: Mapped[int]
    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor: Mapped[str]
    kind: Mapped[str]
    body: Mapped[dict[str, Any]]
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"))


class IntervalRow(Base):
    """A stretch of an episode's life in which it stood unchanged (`workflow.clock`): a projection of its events, for reports.

    `since`, `until` and `open_before` are whole seconds: integers add up alike on every database. `until` is STANDS while it stands so.
    """

    __tablename__ = "intervals"
    __table_args__ = (
        # Reports read nearly every interval of a period: from these alone, never from the rows.
        Index("ix_intervals_time", "until", "since", "status", "lane", "owner_role", "episode_id"),
        Index("ix_intervals_blocked", "blocked_by", "until", "since", "lane", "owner_role", "episode_id"),
        Index("ix_intervals_moves", "moved_from", "since", "status", "lane", "owner_role", "episode_id"),
    )

    episode_id: Mapped[int] = mapped_column(ForeignKey("episodes.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    since: Mapped[int] = mapped_column(BigInteger)
    until: Mapped[int] = mapped_column(BigInteger)
    lane: Mapped[str]
    status: Mapped[str]
    owner_role: Mapped[str]
    due: Mapped[date]
    blocked_by: Mapped[str]
    moved_from: Mapped[str | None]
    open_before: Mapped[int] = mapped_column(BigInteger)
    closed_for: Mapped[str | None]
    tries: Mapped[int | None]


STANDS = 253_402_300_800
"""The beginning of the year 10000, in seconds since 1970: the end of an interval that has none yet."""


class EpisodeStateRow(Base):
    """What the queue filters and sorts by, as it stood after the events recorded at one moment: the projection's columns, kept.

    Written beside the events (`store.past`), so that the queue of a past day is a query. It can be made anew from them at any time.
    """

    __tablename__ = "episode_states"
    __table_args__ = (
        # Which episodes were ended after a moment: those and the open ones can have been in the queue at that moment.
        Index(
            "ix_episode_states_closed",
            "at",
            "episode_id",
            "closed_at",  # asked for beside the condition, else SQLite would read every row for it
            sqlite_where=text("closed_at IS NOT NULL"),
            postgresql_where=text("closed_at IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    episode_id: Mapped[int] = mapped_column(ForeignKey("episodes.id"), primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    status: Mapped[str]
    owner_role: Mapped[str]
    owner: Mapped[str | None]
    offered_to: Mapped[str | None]
    next_action: Mapped[str]
    due: Mapped[date]
    blocked_by: Mapped[str]
    last_attempt_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class DoNotContactRow(Base):
    """A patient asked not to be contacted through a channel (NULL: at all), or a person lifted that. Append-only; the last entry counts."""

    __tablename__ = "do_not_contact"
    __table_args__ = (
        CheckConstraint("act IN ('ask', 'lift')", name="ck_do_not_contact_act"),
        CheckConstraint("reason <> ''", name="ck_do_not_contact_reason"),
        Index("ix_do_not_contact_patient", "patient_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id"))
    channel: Mapped[str | None]
    act: Mapped[str]
    reason: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
