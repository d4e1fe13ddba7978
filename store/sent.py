"""What was sent to a model's service: every message of every call, as it went."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from store.database import take_turns
from store.tables import SentRow, SentTextRow

_LOCK = 715_212
"""Held while a call is recorded: two may bring the same text at once."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call about a note. `messages` are JSON objects as the service got them."""

    at: datetime
    host: str
    model: str
    messages: tuple[str, ...]


def record(session: Session, note_id: int, host: str, model: str, messages: Sequence[str], *, now: datetime) -> None:
    """Append one call about a note."""
    take_turns(session, _LOCK)
    texts = {_digest(text): text for text in messages}
    known = set(session.scalars(select(SentTextRow.hash).where(SentTextRow.hash.in_(texts))))
    fresh = [{"at": now, "hash": digest, "text": text} for digest, text in texts.items() if digest not in known]
    if fresh:
        session.execute(insert(SentTextRow), fresh)
    values = {"at": now, "note_id": note_id, "host": host, "model": model, "messages": [_digest(text) for text in messages]}
    session.execute(insert(SentRow).values(**values))


def looked_at(note_id: int) -> str:
    """What the access log says was read by somebody who saw the calls about a note."""
    return f"what was sent of note {note_id}"


def of_note(session: Session, note_id: int) -> list[Call]:
    """The calls about a note, oldest first."""
    rows = session.scalars(select(SentRow).where(SentRow.note_id == note_id).order_by(SentRow.id)).all()
    wanted = {digest for row in rows for digest in row.messages}
    texts = {row.hash: row.text for row in session.scalars(select(SentTextRow).where(SentTextRow.hash.in_(wanted)))}
    return [Call(row.at, row.host, row.model, tuple(texts[digest] for digest in row.messages)) for row in rows]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
