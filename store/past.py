"""The queue as it stood at a past moment.

Beside the events, `store.episodes` keeps what the queue filters and sorts by, as it stood after the events of each moment. So a past
queue needs no folding to be filtered, counted, sorted and cut into pages: for each episode that can have been in it, one seek finds the row
that held then. Only the episodes of the page shown are folded from their events (`folded`).

As it stood at a moment means: after the last event that was recorded up to it. Late entries show from when they were recorded.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Subquery, and_, delete, exists, insert, or_, select
from sqlalchemy.orm import Session

from store.tables import EpisodeRow, EpisodeStateRow, EventRow, core
from workflow.episode import Episode, fold, states
from workflow.events import CHANGE, Actor, Event


def columns(episode: Episode) -> dict[str, object]:
    """What the queue filters and sorts by, for this state."""
    last = episode.last_attempt
    return {
        "status": episode.status.value,
        "owner_role": episode.owner_role.value,
        "owner": episode.owner,
        "offered_to": episode.offer.to if episode.offer else None,
        "next_action": episode.next_action.value,
        "due": episode.due,
        "blocked_by": ",".join(category.value for category in episode.blocked_by),
        "last_attempt_at": last.happened_at if last else None,
        "closed_at": episode.closure.at if episode.closure else None,
    }


def moments(events: Sequence[Event]) -> list[int]:
    """How many of `events` were recorded once each of their moments was over. A move is one moment."""
    return [count for count, event in enumerate(events, start=1) if count == len(events) or events[count].at != event.at]


def keep(session: Session, episode_id: int, stood: Sequence[tuple[datetime, Episode]]) -> None:
    """Keep how the episode stood after each of these moments."""
    rows = [{"episode_id": episode_id, "version": episode.version, "at": at, **columns(episode)} for at, episode in stood]
    session.execute(insert(core(EpisodeStateRow)), rows)


def queue_at(moment: datetime) -> Subquery:
    """The episodes that were open at `moment`, with the columns of `episodes` that the queue reads, and the `version` they stood at."""
    episode, state, earlier = core(EpisodeRow), core(EpisodeStateRow), core(EpisodeStateRow).alias()
    newest = (
        select(earlier.c.version)
        .where(earlier.c.episode_id == episode.c.id, earlier.c.at <= moment)
        .order_by(earlier.c.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    ended_since = select(state.c.episode_id).where(state.c.closed_at.is_not(None), state.c.at > moment)
    return (
        select(episode.c.id, episode.c.patient_id, episode.c.lane, episode.c.opened_at, *state.c["version", *_FILTERED])
        .select_from(episode.join(state, and_(state.c.episode_id == episode.c.id, state.c.version == newest)))
        .where(
            episode.c.opened_at <= moment,
            state.c.closed_at.is_(None),
            # The sum keeps SQLite from fetching every episode ended since by its id: the index by opening day has all that is needed.
            or_(episode.c.closed_at.is_(None), (episode.c.id + 0).in_(ended_since)),
        )
        .subquery()
    )


_FILTERED = ("status", "owner_role", "owner", "offered_to", "next_action", "due", "blocked_by", "last_attempt_at")


def folded(session: Session, versions: dict[int, int]) -> dict[int, Episode]:
    """The episodes with these ids, as they stood at these versions, folded from their events."""
    asked = select(EventRow).where(EventRow.episode_id.in_(versions)).order_by(EventRow.episode_id, EventRow.seq)
    return {
        episode_id: fold([as_event(row) for row in rows if row.seq <= versions[episode_id]])
        for episode_id, rows in groupby(session.scalars(asked), key=lambda row: row.episode_id)
    }


def catch_up(session: Session) -> int:
    """Make anew, from the events, the states of episodes whose newest state is not kept; returns how many episodes.

    Those are the episodes of a record that is older than this table, and those an older program wrote to since.
    """
    kept = exists().where(EpisodeStateRow.episode_id == EpisodeRow.id, EpisodeStateRow.version == EpisodeRow.version)
    behind = list(session.scalars(select(EpisodeRow.id).where(~kept).order_by(EpisodeRow.id)))
    for episode_id in behind:
        session.execute(delete(EpisodeStateRow).where(EpisodeStateRow.episode_id == episode_id))
        rows = session.scalars(select(EventRow).where(EventRow.episode_id == episode_id).order_by(EventRow.seq))
        events = [as_event(row) for row in rows]
        stood = list(states(events))
        keep(session, episode_id, [(events[count - 1].at, stood[count - 1]) for count in moments(events)])
        session.expunge_all()
    return len(behind)


def problems(session: Session, episode_id: int, events: Sequence[Event]) -> Iterator[str]:
    """Where the kept states of an episode differ from its events, in a sentence."""
    stood = list(states(events))
    rows = session.scalars(select(EpisodeStateRow).where(EpisodeStateRow.episode_id == episode_id))
    kept = {row.version: row for row in rows}
    missing = {stood[count - 1].version for count in moments(events)} - kept.keys()
    wrong = [
        version
        for version, row in kept.items()
        if not 1 <= version <= len(stood) or _as_kept(row) != {"at": events[version - 1].at, **columns(stood[version - 1])}
    ]
    if missing or wrong:
        yield f"episode {episode_id}: its past states differ from its events at {', '.join(map(str, sorted({*missing, *wrong})))}"


def _as_kept(row: EpisodeStateRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in ("at", *_FILTERED, "closed_at")}


def as_event(row: EventRow | Row[Any]) -> Event:
    """The domain value of a stored event."""
    actor = Actor.model_validate({"kind": row.actor_kind, "name": row.actor})
    return Event(seq=row.seq, at=row.at, actor=actor, change=CHANGE.validate_python(row.body))
