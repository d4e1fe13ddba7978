"""Episodes and their events. `record` is the one function that writes either."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, cast

from sqlalchemy import CursorResult, Row, insert, select, update
from sqlalchemy.orm import Session

from store import intervals
from store.errors import AnotherIsOpen, StaleEpisode, Unknown
from store.tables import EpisodeRow, EventRow, core
from workflow.episode import Episode, fold, fold_from
from workflow.events import CHANGE, Actor, Event, Retracted
from workflow.vocabulary import LaneName

MOVED = "The episode moved while you were looking at it. Look at what changed, then decide again."


def columns(episode: Episode) -> dict[str, object]:
    """The projection's columns for this state."""
    last = episode.last_attempt
    return {
        "version": episode.version,
        "state": episode.model_dump(mode="json"),
        "status": episode.status.value,
        "owner_role": episode.owner_role.value,
        "owner": episode.owner,
        "offered_to": episode.offer.to if episode.offer else None,
        "next_action": episode.next_action.value,
        "due": episode.due,
        "blocked_by": ",".join(category.value for category in episode.blocked_by),
        "last_attempt_at": last.happened_at if last else None,
        "opened_at": episode.opened_at,
        "closed_at": episode.closure.at if episode.closure else None,
    }


def create(session: Session, patient_id: int, lane: LaneName, events: Sequence[Event]) -> int:
    """A new episode of a patient, from the events that open it; returns its id."""
    episode = fold(events)
    row = insert(core(EpisodeRow)).returning(core(EpisodeRow).c.id)
    episode_id: int = session.execute(row, {"patient_id": patient_id, "lane": lane.value, **columns(episode)}).scalar_one()
    _append(session, episode_id, events, None)
    intervals.write(session, episode_id, events)
    return episode_id


def record(session: Session, episode_id: int, events: Sequence[Event], *, expected_version: int, decision_id: int | None = None) -> Episode:
    """The one write path: append `events` and bring the projection up to them, or raise StaleEpisode and write nothing.

    Raises AnotherIsOpen where a closed episode would open beside a newer open one of the same patient and lane.
    `expected_version` is the version the events were made for. An empty list changes nothing. Must run in a writing transaction.
    """
    if not events:
        return load(session, episode_id)
    before = load(session, episode_id)
    if before.version != expected_version:
        raise StaleEpisode(MOVED)
    if any(isinstance(event.change, Retracted) for event in events):
        after = fold([*history(session, episode_id), *events])
    else:
        after = cast("Episode", fold_from(before, events))
    if after.is_open and not before.is_open:
        _no_other_open(session, episode_id)
    unmoved = update(EpisodeRow).where(EpisodeRow.id == episode_id, EpisodeRow.version == expected_version)
    if cast("CursorResult[object]", session.execute(unmoved.values(**columns(after)))).rowcount != 1:
        raise StaleEpisode(MOVED)
    _append(session, episode_id, events, decision_id)
    intervals.write(session, episode_id, history(session, episode_id))
    return after


def _no_other_open(session: Session, episode_id: int) -> None:
    mine = select(EpisodeRow.patient_id, EpisodeRow.lane).where(EpisodeRow.id == episode_id).subquery()
    other = select(EpisodeRow.id).where(
        EpisodeRow.patient_id == mine.c.patient_id,
        EpisodeRow.lane == mine.c.lane,
        EpisodeRow.closed_at.is_(None),
        EpisodeRow.id != episode_id,
    )
    if session.execute(other).first():
        raise AnotherIsOpen("This patient has a newer open episode in this lane. Work on that one; this one stays closed.")


def _append(session: Session, episode_id: int, events: Sequence[Event], decision_id: int | None) -> None:
    rows = [
        {
            "episode_id": episode_id,
            "seq": event.seq,
            "at": event.at,
            "actor_kind": event.actor.kind,
            "actor": event.actor.name,
            "kind": event.change.kind,
            "body": event.change.model_dump(mode="json"),
            "decision_id": decision_id,
        }
        for event in events
    ]
    session.execute(insert(core(EventRow)), rows)


def load(session: Session, episode_id: int) -> Episode:
    """The state of an episode. Raises Unknown."""
    state = session.execute(select(EpisodeRow.state).where(EpisodeRow.id == episode_id)).scalar_one_or_none()
    if state is None:
        raise Unknown("There is no such episode.")
    return Episode.model_validate(state)


def history(session: Session, episode_id: int, until: datetime | None = None) -> list[Event]:
    """The events of an episode in order; with `until`, those recorded up to that moment."""
    rows = select(EventRow).where(EventRow.episode_id == episode_id).order_by(EventRow.seq)
    if until is not None:
        rows = rows.where(EventRow.at <= until)
    return [as_event(row) for row in session.scalars(rows)]


def histories(session: Session) -> Iterator[tuple[int, list[Event]]]:
    """Every episode's id and events, read as they are asked for: a long record is never in memory whole."""
    rows = session.execute(select(core(EventRow)).order_by(EventRow.episode_id, EventRow.seq).execution_options(yield_per=2000))
    for episode_id, of_episode in groupby(rows, key=attrgetter("episode_id")):
        yield episode_id, [as_event(row) for row in of_episode]


def undecided_seqs(session: Session, episode_id: int) -> set[int]:
    """The events that no decision on a suggestion made: those a page may take back by themselves."""
    mine = select(EventRow.seq).where(EventRow.episode_id == episode_id, EventRow.decision_id.is_(None))
    return set(session.scalars(mine.where(EventRow.kind.not_in(("episode_opened", "retracted")))))


def as_event(row: EventRow | Row[Any]) -> Event:
    """The domain value of a stored event."""
    actor = Actor.model_validate({"kind": row.actor_kind, "name": row.actor})
    return Event(seq=row.seq, at=row.at, actor=actor, change=CHANGE.validate_python(row.body))
