"""The tables. Those of `APPEND_ONLY` refuse UPDATE and DELETE by triggers (see the migrations).

What holds "the AI prepares, a person decides" here: an event's actor is a person or a rule (a CHECK), a decision belongs to a user
(NOT NULL, a foreign key), and a suggestion of an assistant changes nothing by being there.
"""

from datetime import UTC, date, datetime
from typing import Any, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Moment(TypeDecorator[datetime]):
    """An aware moment, stored in UTC. SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment must carry its zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 — the name SQLAlchemy calls
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    type_annotation_map = {datetime: Moment, str: Text, dict[str, Any]: JSON, list[int]: JSON, list[str]: JSON}  # noqa: RUF012 — SQLAlchemy's own idiom


def core(row: type[Base]) -> Table:
    """The table behind a row class. Statements over it skip the ORM's work per row, which is most of an import's time."""
    return cast("Table", row.__table__)


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


class NoteRow(Base):
    """A note as it came. Immutable, unique by (source, external id). `offset_minutes` keeps the note's own zone for relative dates."""

    __tablename__ = "notes"
    __table_args__ = (UniqueConstraint("source", "external_id"), Index("ix_notes_episode", "episode_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    external_id: Mapped[str]
    patient_id: Mapped[int] = mapped_column(ForeignKey("patients.id"))
    episode_id: Mapped[int] = mapped_column(ForeignKey("episodes.id"))
    lane: Mapped[str]
    author: Mapped[str]
    author_role: Mapped[str]
    kind: Mapped[str]
    written_at: Mapped[datetime]
    offset_minutes: Mapped[int]
    text: Mapped[str]
    imported_at: Mapped[datetime]


class ReadingRow(Base):
    """One assistant's reading of one note; the key makes a repeated job harmless."""

    __tablename__ = "readings"
    __table_args__ = (UniqueConstraint("note_id", "reader"), Index("ix_readings_at", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    note_id: Mapped[int] = mapped_column(ForeignKey("notes.id"))
    reader: Mapped[str]
    assistant: Mapped[str]
    model: Mapped[str]
    prompt: Mapped[str]
    prompt_version: Mapped[str]
    content_hash: Mapped[str]
    refused: Mapped[int]
    stood_in_for: Mapped[str | None]
    usage: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class FaultRow(Base):
    """A try at reading a note that failed; shown until a reading is there. The message never holds note text."""

    __tablename__ = "reading_faults"
    __table_args__ = (Index("ix_reading_faults_note", "note_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    note_id: Mapped[int] = mapped_column(ForeignKey("notes.id"))
    at: Mapped[datetime]
    message: Mapped[str]


class SentTextRow(Base):
    """A message that was sent, once however often it was: the instructions are the same for every note. Append-only."""

    __tablename__ = "sent_texts"
    __table_args__ = (UniqueConstraint("hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    hash: Mapped[str]
    text: Mapped[str]


class SentRow(Base):
    """One call to a model's service about one note. `messages` are the hashes of its texts, in order. Append-only."""

    __tablename__ = "sent"
    __table_args__ = (Index("ix_sent_note", "note_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    note_id: Mapped[int] = mapped_column(ForeignKey("notes.id"))
    host: Mapped[str]
    model: Mapped[str]
    messages: Mapped[list[str]]


class SuggestionRow(Base):
    """What an assistant suggests, or what a reviewer added because it was missed (`origin`).

    `own_confidence` is the assistant's own number, beside the `confidence` that is shown; `learnt_from` counts the decisions that the shown
    one was learnt from, None where the two are the same.
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


class UserRow(Base):
    """A local account. `password_hash` is argon2id; an empty one cannot sign in."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("username"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    away_from: Mapped[date | None]
    away_until: Mapped[date | None]


class SessionRow(Base):
    """A signed-in browser; the token itself is never stored, only its SHA-256."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class SignInFailureRow(Base):
    """A wrong password, counted per user name (known or not) to slow guessing."""

    __tablename__ = "sign_in_failures"
    __table_args__ = (Index("ix_sign_in_failures", "username", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    at: Mapped[datetime]


class AccessRow(Base):
    """Who looked at or did what, by ids alone. Append-only and hash-chained."""

    __tablename__ = "access_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    username: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    previous: Mapped[str]
    hash: Mapped[str]


class WorkerRow(Base):
    """A process that runs jobs, and when it was last seen alive."""

    __tablename__ = "workers"

    executor_id: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]


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


APPEND_ONLY = (
    "events",
    "decisions",
    "recalls",
    "access_log",
    "sent",
    "sent_texts",
    "meeting_notes",
    "do_not_contact",
    "draft_texts",
    "draft_decisions",
    "delivery_reports",
)
