"""Notes, who read them, what was sent of them, and the contexts written from them."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from store.tables.base import Base


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


class SentForRow(Base):
    """One call to a model's service to have something written. `job` is what was asked ("draft_outreach"), `messages` as in `sent`.

    Append-only.
    """

    __tablename__ = "sent_for"
    __table_args__ = (Index("ix_sent_for_job", "job", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    job: Mapped[str]
    host: Mapped[str]
    model: Mapped[str]
    messages: Mapped[list[str]]


class SentAboutRow(Base):
    """An episode whose facts were in such a call: a digest is about many. Append-only."""

    __tablename__ = "sent_about"
    __table_args__ = (UniqueConstraint("sent_for_id", "episode_id"), Index("ix_sent_about_episode", "episode_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    sent_for_id: Mapped[int] = mapped_column(ForeignKey("sent_for.id"))
    episode_id: Mapped[int] = mapped_column(ForeignKey("episodes.id"))


class ContextRow(Base):
    """What matters now about an episode, as an assistant worded it. `moment` names what of the record it was written from, once each.

    `lines` are texts, each with the facts that it rests on and their sources. The newest counts; older ones are kept for some days.
    """

    __tablename__ = "contexts"
    __table_args__ = (UniqueConstraint("episode_id", "moment"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    episode_id: Mapped[int] = mapped_column(ForeignKey("episodes.id"))
    version: Mapped[int]
    moment: Mapped[str]
    lines: Mapped[list[Any]] = mapped_column(JSON)
    assistant: Mapped[str]
    model: Mapped[str]
    prompt: Mapped[str]
    prompt_version: Mapped[str]
    content_hash: Mapped[str]
    stood_in_for: Mapped[str | None]
    usage: Mapped[dict[str, Any]]
    at: Mapped[datetime]
