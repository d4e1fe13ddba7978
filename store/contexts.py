"""What matters now about an episode, as it was worded for each moment of its record. The newest counts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from store.tables import ContextRow

KEPT = timedelta(days=2)
"""How long older ones are kept: what they cost counts towards the day's budget."""


@dataclass(frozen=True, slots=True)
class Context:
    """A worded context. `version` is the episode's when it was written, `moment` names all of the record that it was written from.

    `lines` are JSON that `triage` reads and writes.
    """

    version: int
    moment: str
    lines: list[dict[str, Any]]
    assistant: str
    model: str
    prompt: str
    prompt_version: str
    content_hash: str
    stood_in_for: str | None
    usage: dict[str, Any]
    at: datetime


def save(session: Session, episode_id: int, context: Context) -> None:
    """Keep a context; one that is there for its moment stays as it is."""
    known = select(ContextRow.id).where(ContextRow.episode_id == episode_id, ContextRow.moment == context.moment)
    if session.execute(known).first():
        return
    session.execute(delete(ContextRow).where(ContextRow.episode_id == episode_id, ContextRow.at < context.at - KEPT))
    session.execute(insert(ContextRow).values(episode_id=episode_id, **{name: getattr(context, name) for name in Context.__slots__}))


def newest(session: Session, episode_id: int) -> Context | None:
    """The context that was written last; None where there is none."""
    row = session.scalars(select(ContextRow).where(ContextRow.episode_id == episode_id).order_by(ContextRow.id.desc()).limit(1)).first()
    return Context(**{name: getattr(row, name) for name in Context.__slots__}) if row else None
