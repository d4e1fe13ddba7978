"""Claiming from the queue, and giving back what whoever is away or has left owns: one transaction an episode."""

import logging
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from store import access, episodes, people, users
from store.database import Database
from store.errors import StaleEpisode, StoreError
from store.lanes import Lanes
from store.tables import EpisodeRow
from workflow import owning
from workflow.episode import Episode
from workflow.events import person

TRIES = 5
"""How often an episode is tried that somebody works on at the same moment."""

logger = logging.getLogger(__name__)


def claim(session: Session, lanes: Lanes, episode_id: int, *, username: str, now: datetime) -> Episode:
    """Make `username` the owner of what lies in a role's queue. Of several who claim at once the first wins.

    Bound to no version: what counts is that nobody has it. Raises AlreadyOwned, which says who has it.
    """
    access.record_access(session, username, "claim", f"episode {episode_id}", now=now)  # takes turns: the second sees what the first did
    episode = episodes.load(session, episode_id)
    lane = lanes[episode.lane]
    staff = people.here(session, lane.calendar.local_day(now))
    events = owning.claim(episode, lane, now=now, actor=person(username), people=staff)
    return episodes.record(session, episode_id, events, expected_version=episode.version)


def release_unavailable(database: Database, lanes: Lanes, *, now: datetime, username: str | None = None) -> int:
    """Give back what people own, and return what is offered to them, who are away or have left; returns how many episodes moved.

    With `username` it looks at that person's work alone. Safe to run at any time, twice, or by two processes: an episode on which nothing
    of theirs is left stays as it is, and what a crash, somebody's work or an episode that cannot be read kept it from, the next run does.
    """
    with database.read() as session:
        ids = of_unavailable(session, lanes, now=now, username=username)
    return sum(_release(database, lanes, episode_id, now) for episode_id in ids)


def of_unavailable(session: Session, lanes: Lanes, *, now: datetime, username: str | None = None) -> list[int]:
    """The open episodes that somebody owns, or is offered, who is away or has left; with `username`, that person's alone."""
    days = {lane.calendar.local_day(now) for lane in lanes.values()}  # lanes may lie in several zones
    asked = [user for user in users.everybody(session) if username in {None, user.username}]
    gone = [user.username for user in asked if any(people.why_unavailable(user, day) for day in days)]
    theirs = or_(EpisodeRow.owner.in_(gone), EpisodeRow.offered_to.in_(gone))
    return list(session.scalars(select(EpisodeRow.id).where(EpisodeRow.closed_at.is_(None), theirs).order_by(EpisodeRow.id)))


def _release(database: Database, lanes: Lanes, episode_id: int, now: datetime) -> bool:
    for _ in range(TRIES):
        try:
            with database.write() as session:
                episode = episodes.load(session, episode_id)
                lane = lanes[episode.lane]
                staff = people.here(session, lane.calendar.local_day(now))
                events = owning.release(episode, lane, now=now, people=staff)
                episodes.record(session, episode_id, events, expected_version=episode.version)
                return bool(events)
        except StaleEpisode:
            continue  # somebody moved it at this moment: look again
        except (StoreError, ValueError) as error:  # one episode that cannot be read must not keep the others from being given back
            logger.error("Episode %d could not be given back (%s).", episode_id, type(error).__name__)  # noqa: TRY400 — no patient data
            return False
    return False
