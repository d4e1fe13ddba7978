"""Digests of queue changes, their texts, schedules and mails."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base


class DigestScheduleRow(Base):
    """When a digest of a lane ("": of all) is prepared by itself: every day, or every week on `weekday` (Monday is 0), at `hour` there.

    A schedule is never changed: a new one takes its place, so that going back is switching the former on again. `recipients` are user ids,
    who get the mail when such a digest is published, where `mails`. It strikes after `active_since`.
    """

    __tablename__ = "digest_schedules"
    __table_args__ = (
        CheckConstraint("every IN ('day', 'week')", name="ck_digest_schedules_every"),
        CheckConstraint("(every = 'week') = (weekday IS NOT NULL)", name="ck_digest_schedules_weekday"),
        CheckConstraint("weekday IS NULL OR weekday BETWEEN 0 AND 6", name="ck_digest_schedules_weekday_range"),
        CheckConstraint("hour BETWEEN 0 AND 23", name="ck_digest_schedules_hour"),
        Index(
            "ux_digest_schedules_active",
            "lane",
            unique=True,
            sqlite_where=text("active"),
            postgresql_where=text("active"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lane: Mapped[str]
    every: Mapped[str]
    weekday: Mapped[int | None]
    hour: Mapped[int]
    recipients: Mapped[list[int]]
    mails: Mapped[bool]
    made_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime]
    active: Mapped[bool]
    active_since: Mapped[datetime]


class DigestRow(Base):
    """What changed in the queue of a lane ("": of all) between two moments. The facts stay as they were when it was prepared (a trigger).

    Its words are in `digest_texts`: number 1 is the assistant's, later ones are people's; published is `published_text`. `figures` are
    counts by lane, all that a mail may say. One that a schedule prepared has its `schedule_id`, and the clinic's day it struck as `period`.
    """

    __tablename__ = "digests"
    __table_args__ = (
        UniqueConstraint("schedule_id", "period"),
        CheckConstraint("standing IN ('draft', 'published', 'withdrawn')", name="ck_digests_standing"),
        CheckConstraint(
            "(published_by IS NULL) = (published_at IS NULL) AND (published_by IS NULL) = (published_text IS NULL)",
            name="ck_digests_publisher",
        ),
        CheckConstraint("standing <> 'published' OR published_by IS NOT NULL", name="ck_digests_published"),
        CheckConstraint("standing <> 'draft' OR published_by IS NULL", name="ck_digests_draft"),
        CheckConstraint("standing <> 'withdrawn' OR (withdrawn_by IS NOT NULL AND withdrawn_at IS NOT NULL)", name="ck_digests_withdrawn"),
        CheckConstraint("standing <> 'withdrawn' OR published_by IS NULL OR why <> ''", name="ck_digests_why"),
        Index("ix_digests_lane", "lane", "standing", "until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lane: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime]
    events: Mapped[int]
    facts: Mapped[list[Any]] = mapped_column(JSON)
    figures: Mapped[list[Any]] = mapped_column(JSON)
    assistant: Mapped[str]
    model: Mapped[str]
    prompt: Mapped[str]
    prompt_version: Mapped[str]
    content_hash: Mapped[str]
    stood_in_for: Mapped[str | None]
    usage: Mapped[dict[str, Any]]
    prepared_at: Mapped[datetime]
    prepared_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    schedule_id: Mapped[int | None] = mapped_column(ForeignKey("digest_schedules.id"))
    period: Mapped[date | None]
    standing: Mapped[str]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    published_at: Mapped[datetime | None]
    published_text: Mapped[int | None]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    withdrawn_at: Mapped[datetime | None]
    why: Mapped[str]


class DigestTextRow(Base):
    """The sentences of a digest, each with the ids of the facts it cites, each version; without `user_id` the assistant's. Append-only."""

    __tablename__ = "digest_texts"
    __table_args__ = (UniqueConstraint("digest_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    digest_id: Mapped[int] = mapped_column(ForeignKey("digests.id"))
    number: Mapped[int]
    sentences: Mapped[list[Any]] = mapped_column(JSON)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class DigestMailRow(Base):
    """A mail to one person about one digest: that it is ready, or that it was published. There is one of each kind, once.

    What was begun and has no known end is `unknown`: nobody sends it again but a person.
    """

    __tablename__ = "digest_mails"
    __table_args__ = (
        UniqueConstraint("digest_id", "user_id", "kind"),
        CheckConstraint("kind IN ('ready', 'published')", name="ck_digest_mails_kind"),
        CheckConstraint("state IN ('waiting', 'sending', 'sent', 'failed', 'unknown', 'dropped')", name="ck_digest_mails_state"),
        Index("ix_digest_mails_state", "state", "changed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    digest_id: Mapped[int] = mapped_column(ForeignKey("digests.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str]
    state: Mapped[str]
    why: Mapped[str]
    tries: Mapped[int]
    changed_at: Mapped[datetime]
