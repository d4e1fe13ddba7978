"""Suggestions and what people decided about them."""

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


class SuggestionRow(Base):
    """What an assistant suggests, or what a reviewer added because it was missed (`origin`).

    `own_confidence` is the assistant's own number, beside the `confidence` that is shown; `learnt_from` counts the decisions that the shown
    one was learnt from, None where the two are the same. `why` says what several notes show together, where it rests on more than one.
    """

    __tablename__ = "suggestions"
    __table_args__ = (
        UniqueConstraint("note_id", "fingerprint"),
        CheckConstraint("origin IN ('assistant', 'reviewer')", name="ck_suggestions_origin"),
        CheckConstraint("origin = 'reviewer' OR reading_id IS NOT NULL", name="ck_suggestions_reading"),
        CheckConstraint("standing IN ('pending', 'accepted', 'edited', 'rejected', 'superseded')", name="ck_suggestions_standing"),
        Index("ix_suggestions_pending", "standing", "note_id"),
        Index("ix_suggestions_episode", "episode_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    note_id: Mapped[int] = mapped_column(ForeignKey("notes.id"))
    episode_id: Mapped[int] = mapped_column(ForeignKey("episodes.id"))
    reading_id: Mapped[int | None] = mapped_column(ForeignKey("readings.id"))
    origin: Mapped[str]
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    final_payload: Mapped[dict[str, Any] | None]
    evidence: Mapped[str]
    start: Mapped[int]
    end: Mapped[int]
    time_phrase: Mapped[str | None]
    confidence: Mapped[float]
    own_confidence: Mapped[float | None]
    learnt_from: Mapped[int | None]
    fingerprint: Mapped[str]
    standing: Mapped[str]
    at: Mapped[datetime]
    why: Mapped[str | None]


class QuoteRow(Base):
    """Words of another note that a suggestion rests on as well: `text[start:end]` of that note."""

    __tablename__ = "suggestion_quotes"
    __table_args__ = (Index("ix_suggestion_quotes_note", "note_id"),)

    suggestion_id: Mapped[int] = mapped_column(ForeignKey("suggestions.id"), primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    note_id: Mapped[int] = mapped_column(ForeignKey("notes.id"))
    start: Mapped[int]
    end: Mapped[int]


class DecisionRow(Base):
    """What a person decided about a suggestion. Append-only; undo is a decision too. `seconds` is how long the card was in view."""

    __tablename__ = "decisions"
    __table_args__ = (
        CheckConstraint("action IN ('accept', 'edit', 'reject', 'undo')", name="ck_decisions_action"),
        CheckConstraint("action <> 'reject' OR reject_reason IS NOT NULL", name="ck_decisions_reject_reason"),
        Index("ix_decisions_suggestion", "suggestion_id"),
        Index("ix_decisions_reviewer", "reviewer_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    suggestion_id: Mapped[int] = mapped_column(ForeignKey("suggestions.id"))
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    action: Mapped[str]
    payload: Mapped[dict[str, Any] | None]
    reject_reason: Mapped[str | None]
    comment: Mapped[str]
    undoes: Mapped[int | None] = mapped_column(ForeignKey("decisions.id"))
    event_seqs: Mapped[list[int]]
    seconds: Mapped[float | None]
    at: Mapped[datetime]


class RecallRow(Base):
    """A person put an accepted suggestion up for review again, or gave it that second look and confirmed the decision. Append-only."""

    __tablename__ = "recalls"
    __table_args__ = (
        CheckConstraint("act IN ('reopen', 'confirm')", name="ck_recalls_act"),
        CheckConstraint("act <> 'reopen' OR reason <> ''", name="ck_recalls_reason"),
        Index("ix_recalls_suggestion", "suggestion_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    suggestion_id: Mapped[int] = mapped_column(ForeignKey("suggestions.id"))
    decision_id: Mapped[int] = mapped_column(ForeignKey("decisions.id"))
    act: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str]
    at: Mapped[datetime]


class ReviewRow(Base):
    """A note whose review is finished: every suggestion decided, or a reviewer said there is nothing in it."""

    __tablename__ = "reviews"

    note_id: Mapped[int] = mapped_column(ForeignKey("notes.id"), primary_key=True)
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class ViewerRow(Base):
    """Who has a note open, so that two people on one note see each other."""

    __tablename__ = "viewers"

    note_id: Mapped[int] = mapped_column(ForeignKey("notes.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    seen_at: Mapped[datetime]
