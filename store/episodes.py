"""Episodes and their events. `record` is the one function that writes either."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import cast

from sqlalchemy import CursorResult, insert, select, update
from sqlalchemy.orm import Session

from store import intervals, past
from store.errors import AnotherIsOpen, StaleEpisode, Unknown
from store.moved import tell_moved
from store.past import as_event
from store.tables import EpisodeRow, EventRow, core
from workflow.episode import Episode, fold, fold_from
from workflow.events import Event, Retracted
from workflow.vocabulary import LaneName

MOVED = "The episode moved while you were looking at it. Look at what changed, then decide again."


def columns(episode: Episode) -> dict[str, object]:
    """The projection's columns for this state."""
    return {
        "version": episode.version,
        "state": episode.model_dump(mode="json"),
        "opened_at": episode.opened_at,
        **past.columns(episode),
    }


def create(session: Session, patient_id: int, lane: LaneName, events: Sequence[Event]) -> int:
    """A new episode of a patient, from the events that open it; returns its id."""
    episode = fold(events)
    row = insert(core(EpisodeRow)).returning(core(EpisodeRow).c.id)
    episode_id: int = session.execute(row, {"patient_id": patient_id, "lane": lane.value, **columns(episode)}).scalar_one()
    _append(session, episode_id, events, None, fold)
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
        earlier = history(session, episode_id)

        def up_to(new: Sequence[Event]) -> Episode:
            return fold([*earlier, *new])
    else:

        def up_to(new: Sequence[Event]) -> Episode:
            return cast("Episode", fold_from(before, new))

    after = up_to(events)
    if after.is_open and not before.is_open:
        _no_other_open(session, episode_id)
    unmoved = update(EpisodeRow).where(EpisodeRow.id == episode_id, EpisodeRow.version == expected_version)
    if cast("CursorResult[object]", session.execute(unmoved.values(**columns(after)))).rowcount != 1:
        raise StaleEpisode(MOVED)
    _append(session, episode_id, events, decision_id, up_to)
    intervals.write(session, episode_id, history(session, episode_id))
    tell_moved(session, episode_id, f"v{after.version}")
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


def _append(
    session: Session, episode_id: int, events: Sequence[Event], decision_id: int | None, up_to: Callable[[Sequence[Event]], Episode]
) -> None:
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
    past.keep(session, episode_id, [(events[count - 1].at, up_to(events[:count])) for count in past.moments(events)])


def load(session: Session, episode_id: int) -> Episode:
    """The state of an episode. Raises Unknown."""
    state = session.execute(select(EpisodeRow.state).where(EpisodeRow.id == episode_id)).scalar_one_or_none()
    if state is None:
        raise Unknown("There is no such episode.")
    return Episode.model_validate(state)


def open_ids(session: Session) -> list[int]:
    """The open episodes, oldest first."""
    return list(session.scalars(select(EpisodeRow.id).where(EpisodeRow.closed_at.is_(None)).order_by(EpisodeRow.id)))


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
