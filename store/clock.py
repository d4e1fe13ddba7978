"""What the passing of time demands, every hour.

Episodes overdue or blocked for longer than their lane allows are raised, once per cause; what people own who are away or have left goes
back to its role's queue.

A pass goes over the open episodes in small transactions, one an episode, each bound to the version it looked at. It may therefore run
twice, beside another or beside people at work, die half-way, and come back after days: the next pass finds what is left, and what an
earlier one raised is not raised again, because the cause stands in the episode.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.orm import Session

from store import episodes, owning
from store.database import Database
from store.errors import StaleEpisode, StoreError
from store.jobs import Job
from store.lanes import Lanes
from store.tables import EpisodeRow, PassRow, core
from workflow.moves import raise_by_rule
from workflow.vocabulary import Status

RAISE_BY_RULE = "raise_by_rule"
RELEASE_UNAVAILABLE = "release_unavailable"

AHEAD_OF_UTC = timedelta(days=1)
"""A clinic east of Greenwich may have tomorrow's date already: what is due on UTC's own day can be late there."""

KEPT = timedelta(days=90)
"""How long it is kept that a pass ran."""

CHUNK = 500
"""Episodes whose ids are read at a time."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over the open episodes that could be late. `failed` could not be looked at, and are looked at again by the next."""

    began_at: datetime
    ended_at: datetime
    looked_at: int
    raised: int
    failed: int


def raise_overdue(database: Database, lanes: Lanes, *, now: datetime) -> Pass:
    """Apply the time rules to every open episode as of `now`, and keep that it was done."""
    looked_at = raised = failed = 0
    for episode_id in _may_be_late(database, now):
        looked_at += 1
        try:
            raised += _raise_one(database, lanes, episode_id, now)
        except StaleEpisode:
            continue  # somebody is working on it at this moment; the next pass looks again
        except (StoreError, ValueError) as error:  # one episode that cannot be read must not keep the others from being raised
            failed += 1
            logger.error("Episode %d could not be looked at (%s).", episode_id, type(error).__name__)  # noqa: TRY400 — no patient data
    done = Pass(now, max(now, datetime.now(UTC)), looked_at, raised, failed)
    with database.write() as session:
        session.execute(delete(PassRow).where(PassRow.began_at < now - KEPT))
        values = {name: getattr(done, name) for name in ("began_at", "ended_at", "looked_at", "raised", "failed")}
        session.execute(insert(core(PassRow)), values)
    return done


def last_pass(session: Session) -> Pass | None:
    """The pass that ended last, or None where none ever did."""
    row = session.scalars(select(PassRow).order_by(PassRow.ended_at.desc(), PassRow.id.desc()).limit(1)).one_or_none()
    return None if row is None else Pass(row.began_at, row.ended_at, row.looked_at, row.raised, row.failed)


def _may_be_late(database: Database, now: datetime) -> Iterator[int]:
    """Ids of the open episodes that are past due somewhere on earth, or blocked. Read in chunks, each in a snapshot of its own."""
    late = or_(EpisodeRow.due < (now + AHEAD_OF_UTC).date(), EpisodeRow.blocked_by != "")
    calm = (EpisodeRow.closed_at.is_(None), EpisodeRow.status != Status.ESCALATED.value, late)
    after = 0
    while True:
        with database.read() as session:
            ids = list(session.scalars(select(EpisodeRow.id).where(*calm, EpisodeRow.id > after).order_by(EpisodeRow.id).limit(CHUNK)))
        yield from ids
        if len(ids) < CHUNK:
            return
        after = ids[-1]


def _raise_one(database: Database, lanes: Lanes, episode_id: int, now: datetime) -> bool:
    with database.read() as session:  # most are not raised, and those take no write lock
        episode = episodes.load(session, episode_id)
    events = raise_by_rule(episode, lanes[episode.lane], now=now)
    if events:
        with database.write() as session:
            episodes.record(session, episode_id, events, expected_version=episode.version)
    return bool(events)


def jobs(database: Database, lanes: Lanes) -> dict[str, Job]:
    """What a worker registers and runs every hour, and when it starts; the id it is given is the hour and means nothing here."""

    def run(_hour: int) -> None:
        raise_overdue(database, lanes, now=datetime.now(UTC))

    def release(_hour: int) -> None:
        owning.release_unavailable(database, lanes, now=datetime.now(UTC))

    return {RAISE_BY_RULE: run, RELEASE_UNAVAILABLE: release}
