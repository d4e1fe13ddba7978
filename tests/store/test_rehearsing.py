"""A rehearsal reads the record as a stream."""

from datetime import timedelta

from sqlalchemy import insert

from store import episodes
from store.database import Database
from store.rehearsing import rehearse
from store.tables import EventRow, core
from tests.builders import LANES, NOW, a_lane, a_patient
from workflow import moves
from workflow.events import person
from workflow.rehearsal import Window
from workflow.vocabulary import LaneName


def test_a_lane_with_more_events_than_are_read_at_a_time(database: Database):
    """All of its episodes are rehearsed, the one whose events are read in two parts too."""
    lane = LANES[LaneName.REFERRAL]
    at = NOW - timedelta(days=2)
    with database.write() as session:
        for number in range(3):
            opened = moves.open_episode(lane, now=at, actor=person("maria"), reason="Cardiology")
            episode_id = episodes.create(session, a_patient(session, f"p-{number}"), lane.name, opened)
            body = {"kind": "due_set", "due": at.date().isoformat()}
            common = {"episode_id": episode_id, "at": at, "actor_kind": "rule", "actor": "cadence", "kind": "due_set", "body": body}
            session.execute(insert(core(EventRow)), [{**common, "seq": len(opened) + each} for each in range(1, 801)])

    with database.read() as session:
        changed = a_lane(escalation={"after_failed_attempts": 2})
        report = rehearse(session, lane, changed, Window.of(lane.calendar, 30, NOW))

    assert (report.episodes, report.unreadable) == (3, [])
