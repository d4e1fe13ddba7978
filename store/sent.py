"""What was sent to a model's service: every message of every call, as it went."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from store.database import take_turns
from store.tables import SentAboutRow, SentForRow, SentRow, SentTextRow

_LOCK = 715_212
"""Held while a call is recorded: two may bring the same text at once."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `messages` are JSON objects as the service got them. `job` is what was asked: "read_note", "draft_outreach", ..."""

    at: datetime
    host: str
    model: str
    messages: tuple[str, ...]
    job: str = "read_note"


def record(session: Session, note_id: int, host: str, model: str, messages: Sequence[str], *, now: datetime) -> None:
    """Append one call about a note."""
    hashes = _keep(session, messages, now)
    session.execute(insert(SentRow).values(at=now, note_id=note_id, host=host, model=model, messages=hashes))


def record_writing(
    session: Session, job: str, episodes: Iterable[int], host: str, model: str, messages: Sequence[str], *, now: datetime
) -> None:
    """Append one call to have something written from facts about `episodes`; none where the facts are about no episode by name."""
    hashes = _keep(session, messages, now)
    made = session.execute(
        insert(SentForRow).values(at=now, job=job, host=host, model=model, messages=hashes).returning(SentForRow.id)
    ).scalar_one()
    about = [{"at": now, "sent_for_id": made, "episode_id": episode} for episode in sorted(set(episodes))]
    if about:
        session.execute(insert(SentAboutRow), about)


def _keep(session: Session, messages: Sequence[str], now: datetime) -> list[str]:
    """The hashes of the messages, each text of which is kept once."""
    take_turns(session, _LOCK)
    texts = {_digest(text): text for text in messages}
    known = set(session.scalars(select(SentTextRow.hash).where(SentTextRow.hash.in_(texts))))
    fresh = [{"at": now, "hash": digest, "text": text} for digest, text in texts.items() if digest not in known]
    if fresh:
        session.execute(insert(SentTextRow), fresh)
    return [_digest(text) for text in messages]


def looked_at(note_id: int) -> str:
    """What the access log says was read by somebody who saw the calls about a note."""
    return f"what was sent of note {note_id}"


def looked_at_writing(episode_id: int | None = None, job: str | None = None) -> str:
    """The same for the calls about an episode, or for a job."""
    return f"what was sent about episode {episode_id}" if episode_id is not None else f"what was sent for {job}"


def of_note(session: Session, note_id: int) -> list[Call]:
    """The calls about a note, oldest first."""
    rows = session.scalars(select(SentRow).where(SentRow.note_id == note_id).order_by(SentRow.id)).all()
    texts = _texts(session, [row.messages for row in rows])
    return [Call(row.at, row.host, row.model, tuple(texts[digest] for digest in row.messages)) for row in rows]


def of_writing(session: Session, *, episode_id: int | None = None, job: str | None = None) -> list[Call]:
    """The calls to have something written, about an episode, for a job or both, oldest first."""
    wanted = select(SentForRow).order_by(SentForRow.id)
    if episode_id is not None:
        wanted = wanted.join(SentAboutRow, SentAboutRow.sent_for_id == SentForRow.id).where(SentAboutRow.episode_id == episode_id)
    if job is not None:
        wanted = wanted.where(SentForRow.job == job)
    rows = session.scalars(wanted).all()
    texts = _texts(session, [row.messages for row in rows])
    return [Call(row.at, row.host, row.model, tuple(texts[digest] for digest in row.messages), row.job) for row in rows]


def _texts(session: Session, messages: Iterable[Iterable[str]]) -> dict[str, str]:
    wanted = {digest for digests in messages for digest in digests}
    return {row.hash: row.text for row in session.scalars(select(SentTextRow).where(SentTextRow.hash.in_(wanted)))}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
