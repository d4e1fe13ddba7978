"""Outreach drafts, their approvals, how they left and what came back."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base


class DraftRow(Base):
    """An outreach draft that an assistant prepared. `cause` is what it was prepared for ("task-3"): prepared again, it is one draft.

    Its words are in `draft_texts`: number 1 is the assistant's, later ones are people's. `facts` are what it was drafted from.
    """

    __tablename__ = "drafts"
    __table_args__ = (
        UniqueConstraint("episode_id", "cause", "form"),
        CheckConstraint("standing IN ('pending', 'approved', 'rejected', 'withdrawn')", name="ck_drafts_standing"),
        Index("ix_drafts_standing", "standing", "episode_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    episode_id: Mapped[int] = mapped_column(ForeignKey("episodes.id"))
    cause: Mapped[str]
    episode_version: Mapped[int]
    form: Mapped[str]
    language: Mapped[str]
    purpose: Mapped[str]
    facts: Mapped[list[Any]] = mapped_column(JSON)
    assistant: Mapped[str]
    model: Mapped[str]
    prompt: Mapped[str]
    prompt_version: Mapped[str]
    content_hash: Mapped[str]
    stood_in_for: Mapped[str | None]
    usage: Mapped[dict[str, Any]]
    standing: Mapped[str]
    why: Mapped[str]
    at: Mapped[datetime]


class DraftTextRow(Base):
    """The words of a draft, each version of them; without `user_id` the assistant's. Append-only. `hash` is SHA-256 of subject and body."""

    __tablename__ = "draft_texts"
    __table_args__ = (UniqueConstraint("draft_id", "number"), UniqueConstraint("id", "draft_id", "hash"))

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("drafts.id"))
    number: Mapped[int]
    subject: Mapped[str]
    body: Mapped[str]
    hash: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class DraftDecisionRow(Base):
    """What a person decided about a draft. Append-only; undo is a decision too. It is about exactly the words with `text_hash`."""

    __tablename__ = "draft_decisions"
    __table_args__ = (
        ForeignKeyConstraint(["text_id", "draft_id", "text_hash"], ["draft_texts.id", "draft_texts.draft_id", "draft_texts.hash"]),
        UniqueConstraint("id", "action", "text_hash"),
        CheckConstraint("action IN ('approve', 'reject', 'undo')", name="ck_draft_decisions_action"),
        CheckConstraint("action <> 'reject' OR reject_reason IS NOT NULL", name="ck_draft_decisions_reject_reason"),
        Index("ix_draft_decisions_draft", "draft_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("drafts.id"))
    action: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    text_id: Mapped[int]
    text_hash: Mapped[str]
    reject_reason: Mapped[str | None]
    comment: Mapped[str]
    undoes: Mapped[int | None] = mapped_column(ForeignKey("draft_decisions.id"))
    seconds: Mapped[float | None]
    at: Mapped[datetime]


class DeliveryRow(Base):
    """An approved text on its way out. Without an approval of exactly its words, by a person, the database takes no such row.

    `key` names the try at the provider, stored before it; an outcome nobody knows is `unknown`, and a person looks. `send_after` is the
    end of the undo window, `episode_version` the version at which the episode stood when it was approved, `event_seqs` what the sending
    moved in it.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["approval_id", "approval_action", "text_hash"],
            ["draft_decisions.id", "draft_decisions.action", "draft_decisions.text_hash"],
        ),
        UniqueConstraint("approval_id"),
        UniqueConstraint("key"),
        CheckConstraint("approval_action = 'approve'", name="ck_deliveries_approved"),
        CheckConstraint(
            "state IN ('waiting', 'cancelled', 'sending', 'sent', 'delivered', 'bounced', 'failed', 'unknown', 'by_hand')",
            name="ck_deliveries_state",
        ),
        Index("ix_deliveries_state", "state", "send_after"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    approval_id: Mapped[int]
    approval_action: Mapped[str]
    text_hash: Mapped[str]
    channel: Mapped[str]
    address: Mapped[str]
    key: Mapped[str]
    send_after: Mapped[datetime]
    state: Mapped[str]
    why: Mapped[str]
    provider_id: Mapped[str | None]
    episode_version: Mapped[int] = mapped_column(server_default="1")
    event_seqs: Mapped[list[int]] = mapped_column(default=list, server_default="[]")
    changed_at: Mapped[datetime]


class DeliveryReportRow(Base):
    """What a provider told of a delivery: accepted, delivered, bounced, replied. Append-only; told twice, it is one report."""

    __tablename__ = "delivery_reports"
    __table_args__ = (UniqueConstraint("delivery_id", "told"), Index("ix_delivery_reports_delivery", "delivery_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id"))
    told: Mapped[str]
    kind: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime]


class InboundRow(Base):
    """A message that came in by SMS or e-mail, once however often it was told. Nobody's (`patient_id` is NULL) until it is sure whose.

    `stop` where its words ask for no more messages. `why` says why it is nobody's; `seen_by` is the person who looked at such a one.
    """

    __tablename__ = "inbound"
    __table_args__ = (
        UniqueConstraint("channel", "told"),
        CheckConstraint("(note_id IS NULL) = (patient_id IS NULL)", name="ck_inbound_matched"),
        CheckConstraint("(seen_by IS NULL) = (seen_at IS NULL)", name="ck_inbound_seen"),
        Index("ix_inbound_patient", "patient_id", "stop"),
        Index("ix_inbound_unmatched", "note_id", "seen_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    told: Mapped[str]
    address: Mapped[str]
    text: Mapped[str]
    stop: Mapped[bool]
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id"))
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patients.id"))
    note_id: Mapped[int | None] = mapped_column(ForeignKey("notes.id"))
    why: Mapped[str]
    seen_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    seen_at: Mapped[datetime | None]
    at: Mapped[datetime]
