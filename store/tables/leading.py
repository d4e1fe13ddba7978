"""Meetings, self-checks, and the passes of the clock."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base


class MeetingRow(Base):
    """A weekly meeting: of one lane, or of all ("" as the lane). Its agenda stands as it was when it was opened."""

    __tablename__ = "meetings"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ck_meetings_ended"),
        Index("ix_meetings_lane", "lane", "opened_at"),
        Index(
            "ux_meetings_under_way",
            "lane",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lane: Mapped[str]
    agenda: Mapped[dict[str, Any]]
    opened_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    opened_at: Mapped[datetime]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]


class MeetingNoteRow(Base):
    """What somebody wrote about a patient in a meeting, each version of it; with `task`, the line became that task. Append-only."""

    __tablename__ = "meeting_notes"
    __table_args__ = (Index("ix_meeting_notes", "meeting_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id"))
    episode_id: Mapped[int] = mapped_column(ForeignKey("episodes.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str]
    task: Mapped[int | None]
    at: Mapped[datetime]


class SelfCheckRow(Base):
    """One night's self-check: when it ran last for that day, and over how many open episodes."""

    __tablename__ = "self_checks"

    day: Mapped[date] = mapped_column(primary_key=True)
    ran_at: Mapped[datetime]
    episodes: Mapped[int]


class SelfCheckFailureRow(Base):
    """An episode that failed a rule on a day; `since` is the first day of the days in a row on which it did."""

    __tablename__ = "self_check_failures"
    __table_args__ = (UniqueConstraint("day", "rule", "episode_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(ForeignKey("self_checks.day"))
    rule: Mapped[str]
    episode_id: Mapped[int] = mapped_column(ForeignKey("episodes.id"))
    said: Mapped[str]
    since: Mapped[date]


class PassRow(Base):
    """When the passing of time was last applied to the open episodes, and what came of it."""

    __tablename__ = "passes"
    __table_args__ = (Index("ix_passes_ended_at", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    looked_at: Mapped[int]
    raised: Mapped[int]
    failed: Mapped[int]
