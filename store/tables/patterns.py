"""Patterns, what leads decided about them, and improvement items."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base


class PatternRow(Base):
    """A cause that several episodes share. An assistant suggests it; `standing` is the fold of what people decided (`pattern_decisions`).

    `name` is the assistant's, who is `named_by`; `given_name` is a person's and counts where it is there. `size` is how many episodes it
    had when it was dismissed.
    """

    __tablename__ = "patterns"
    __table_args__ = (
        CheckConstraint("standing IN ('suggested', 'confirmed', 'dismissed', 'merged')", name="ck_patterns_standing"),
        CheckConstraint("(standing = 'merged') = (merged_into IS NOT NULL)", name="ck_patterns_merged"),
        CheckConstraint("(standing = 'dismissed') = (dismissed_size IS NOT NULL)", name="ck_patterns_dismissed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    standing: Mapped[str]
    category: Mapped[str]
    name: Mapped[str]
    named_by: Mapped[str]
    given_name: Mapped[str | None]
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("patterns.id"))
    dismissed_size: Mapped[int | None]
    first_seen: Mapped[date]
    at: Mapped[datetime]


class PatternItemRow(Base):
    """A piece of evidence of a pattern: the words of an accepted suggestion. `nearness` is to the pattern's centre, -1 to 1."""

    __tablename__ = "pattern_items"
    __table_args__ = (Index("ix_pattern_items_pattern", "pattern_id"),)

    suggestion_id: Mapped[int] = mapped_column(ForeignKey("suggestions.id"), primary_key=True, autoincrement=False)
    pattern_id: Mapped[int] = mapped_column(ForeignKey("patterns.id"))
    nearness: Mapped[float]


class PatternDecisionRow(Base):
    """What a person decided about a pattern. Append-only; undo is a decision too."""

    __tablename__ = "pattern_decisions"
    __table_args__ = (
        CheckConstraint("act IN ('confirm', 'rename', 'merge', 'dismiss', 'follow', 'end', 'undo')", name="ck_pattern_decisions_act"),
        CheckConstraint("act <> 'dismiss' OR reason <> ''", name="ck_pattern_decisions_reason"),
        CheckConstraint("act <> 'rename' OR name <> ''", name="ck_pattern_decisions_name"),
        CheckConstraint("(act = 'merge') = (into_id IS NOT NULL)", name="ck_pattern_decisions_merge"),
        CheckConstraint("(act = 'undo') = (undoes IS NOT NULL)", name="ck_pattern_decisions_undo"),
        UniqueConstraint("undoes"),
        Index("ix_pattern_decisions_pattern", "pattern_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pattern_id: Mapped[int] = mapped_column(ForeignKey("patterns.id"))
    act: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    into_id: Mapped[int | None] = mapped_column(ForeignKey("patterns.id"))
    reason: Mapped[str]
    size: Mapped[int]
    undoes: Mapped[int | None] = mapped_column(ForeignKey("pattern_decisions.id"))
    at: Mapped[datetime]


class ImprovementRow(Base):
    """A confirmed pattern that is followed: what is done about it, by whom, since when, and when it is looked at again.

    `decision_id` is the decision to follow it; where that is undone, the item counts as never made.
    """

    __tablename__ = "improvements"
    __table_args__ = (
        UniqueConstraint("decision_id"),
        CheckConstraint("what <> ''", name="ck_improvements_what"),
        Index("ix_improvements_pattern", "pattern_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pattern_id: Mapped[int] = mapped_column(ForeignKey("patterns.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("pattern_decisions.id"))
    what: Mapped[str]
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    started_on: Mapped[date]
    review_on: Mapped[date]
    ended_on: Mapped[date | None]


class PatternRunRow(Base):
    """When patterns were sought last in the week that begins on `week`, a Monday, and in how many pieces of evidence."""

    __tablename__ = "pattern_runs"

    week: Mapped[date] = mapped_column(primary_key=True)
    ran_at: Mapped[datetime]
    items: Mapped[int]
