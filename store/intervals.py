"""The intervals of episodes (`workflow.clock`), kept beside their events in the same transaction. They can be made anew at any time."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from store.tables import STANDS, IntervalRow, core
from workflow import clock
from workflow.events import EpisodeOpened, Event

_I = core(IntervalRow).c
_OTHERS = [column for column in _I if column is not _I.episode_id]

_BATCH = 1000


def columns(events: Sequence[Event]) -> list[dict[str, object]]:
    """The rows of one episode, without its id."""
    opening = events[0].change
    lane = opening.lane.value if isinstance(opening, EpisodeOpened) else ""
    return [
        {
            "number": number,
            "since": int(each.since.timestamp()),
            "until": STANDS if each.until is None else int(each.until.timestamp()),
            "lane": lane,
            "status": each.status.value,
            "owner_role": each.owner_role.value,
            "due": each.due,
            "blocked_by": ",".join(category.value for category in each.blocked_by),
            "moved_from": each.moved_from.value if each.moved_from else None,
            "open_before": int(each.open_before.total_seconds()),
            "closed_for": each.closing.reason.value if each.closing else None,
            "tries": each.closing.tries if each.closing else None,
        }
        for number, each in enumerate(clock.intervals(events), start=1)
    ]


def stored(session: Session, episode_id: int) -> list[dict[str, object]]:
    """The rows of one episode as they are stored, in order, without its id."""
    rows = session.execute(select(*_OTHERS).where(_I.episode_id == episode_id).order_by(_I.number))
    return [dict(row._mapping) for row in rows]


def write(session: Session, episode_id: int, events: Sequence[Event]) -> None:
    """Bring an episode's intervals up to all of its `events`; those that stay as they are are not touched."""
    before, after = stored(session, episode_id), columns(events)
    same = next((at for at, (old, new) in enumerate(zip(before, after, strict=False)) if old != new), min(len(before), len(after)))
    if same < len(before):
        session.execute(delete(core(IntervalRow)).where(_I.episode_id == episode_id, _I.number > same))
    if same < len(after):
        session.execute(insert(core(IntervalRow)), [{"episode_id": episode_id} | row for row in after[same:]])


def rebuild(session: Session, histories: Iterable[tuple[int, Sequence[Event]]]) -> int:
    """Make all intervals anew from every episode's id and events; returns how many there are."""
    session.execute(delete(core(IntervalRow)))
    count, batch = 0, list[dict[str, object]]()
    for episode_id, events in histories:
        batch += ({"episode_id": episode_id} | row for row in columns(events))
        if len(batch) >= _BATCH:
            session.execute(insert(core(IntervalRow)), batch)
            count, batch = count + len(batch), []
    if batch:
        session.execute(insert(core(IntervalRow)), batch)
    return count + len(batch)
