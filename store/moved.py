"""Telling that an episode moved, or that one of its notes was read, in the transaction in which it happened.

What is prepared for people (a patient's context, drafts, escalations seen over the record) is prepared anew after each such moment. Who
does it is registered by the process that puts the parts together (`Database.when_moved`); the store only tells.
"""

from collections.abc import Callable

from sqlalchemy.orm import Session

Moved = Callable[[Session, int, str], None]
"""Called with an episode's id and a key that names the moment, unique for that episode."""

WHEN_MOVED = "when_moved"


def tell_moved(session: Session, episode_id: int, moment: str) -> None:
    """Tell whoever listens to this session's database. Without one, nothing happens."""
    listener: Moved | None = session.info.get(WHEN_MOVED)
    if listener is not None:
        listener(session, episode_id, moment)
