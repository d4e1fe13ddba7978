"""What the passing of time demands, every hour.

Episodes overdue or blocked for longer than their lane allows are raised, once per cause; what people own who are away or have left goes
back to its role's queue.
"""

from datetime import UTC, datetime

from sqlalchemy import or_, select

from store import episodes, owning
from store.database import Database
from store.errors import StaleEpisode
from store.jobs import Job
from store.lanes import Lanes
from store.tables import EpisodeRow
from workflow.moves import raise_by_rule
from workflow.vocabulary import Status

RAISE_BY_RULE = "raise_by_rule"
RELEASE_UNAVAILABLE = "release_unavailable"


def raise_overdue(database: Database, lanes: Lanes, *, now: datetime) -> int:
    """Apply the time rules to every open episode; returns how many were raised. Doing it twice raises nothing twice."""
    with database.read() as session:
        late = or_(EpisodeRow.due < now.date(), EpisodeRow.blocked_by != "")
        calm = (EpisodeRow.closed_at.is_(None), EpisodeRow.status != Status.ESCALATED.value, late)
        ids = list(session.scalars(select(EpisodeRow.id).where(*calm).order_by(EpisodeRow.id)))
    raised = 0
    for episode_id in ids:
        try:
            with database.write() as session:
                episode = episodes.load(session, episode_id)
                events = raise_by_rule(episode, lanes[episode.lane], now=now)
                episodes.record(session, episode_id, events, expected_version=episode.version)
                raised += bool(events)
        except StaleEpisode:
            continue  # somebody is working on it at this moment; the next hour looks again
    return raised


def jobs(database: Database, lanes: Lanes) -> dict[str, Job]:
    """What a worker registers and runs every hour; the id it is given is the hour and means nothing here."""

    def run(_hour: int) -> None:
        raise_overdue(database, lanes, now=datetime.now(UTC))

    def release(_hour: int) -> None:
        owning.release_unavailable(database, lanes, now=datetime.now(UTC))

    return {RAISE_BY_RULE: run, RELEASE_UNAVAILABLE: release}
