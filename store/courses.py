"""The courses of many episodes at once, read from the few kinds of events that make them."""

from itertools import groupby

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from store.tables import EpisodeRow, EventRow
from workflow.agenda import Case
from workflow.course import KINDS, Course, course
from workflow.episode import Episode
from workflow.events import CHANGE, Actor, Event
from workflow.vocabulary import LaneName


def courses(session: Session, *where: ColumnElement[bool]) -> dict[int, Course]:
    """The course of each episode that fits, by id."""
    columns = (EventRow.episode_id, EventRow.seq, EventRow.at, EventRow.actor_kind, EventRow.actor, EventRow.body)
    rows = (
        select(*columns)
        .join(EpisodeRow, EpisodeRow.id == EventRow.episode_id)
        .where(EventRow.kind.in_(KINDS), *where)
        .order_by(EventRow.episode_id, EventRow.seq)
        .execution_options(yield_per=2000)  # a long record's events are never in memory whole
    )
    by_episode = groupby(session.execute(rows), key=lambda row: row[0])
    return {episode_id: course(map(_event, group)) for episode_id, group in by_episode}


def _event(row: tuple[object, ...]) -> Event:
    _, seq, at, kind, name, body = row
    actor = Actor.model_validate({"kind": kind, "name": name})
    return Event.model_validate({"seq": seq, "at": at, "actor": actor, "change": CHANGE.validate_python(body)})


def open_cases(session: Session, lane: LaneName | None = None) -> list[Case]:
    """Every open episode of a lane, or of all, as the agenda wants it."""
    where = [EpisodeRow.closed_at.is_(None), *in_lane(lane)]
    came = courses(session, *where)
    states = session.execute(select(EpisodeRow.id, EpisodeRow.state).where(*where).order_by(EpisodeRow.id))
    return [Case(episode_id, Episode.model_validate(state), came[episode_id]) for episode_id, state in states]


def in_lane(lane: LaneName | None) -> list[ColumnElement[bool]]:
    """The condition that narrows episodes to a lane; none for all."""
    return [EpisodeRow.lane == lane.value] if lane else []
