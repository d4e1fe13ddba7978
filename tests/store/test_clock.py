"""The passing of time: who is raised, once, whatever happens to the pass."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text

from store import clock, episodes
from store.check import problems
from store.clock import last_pass, raise_overdue
from store.database import Database
from store.tables import EventRow
from tests.builders import LANES, MARIA, NOW, a_lane, a_patient
from workflow import moves
from workflow.calendar import Calendar
from workflow.vocabulary import BlockerCategory, LaneName, OwnerRole, Status

LATE = NOW + timedelta(days=9)


def an_open_episode(database: Database, number: int = 1, lane=LANES[LaneName.REFERRAL], **blocked) -> int:
    """A referral opened on Tuesday 10 March, due on Thursday the 12th; with `category`, blocked."""
    with database.write() as session:
        patient = a_patient(session, f"p-{number}")
        episode_id = episodes.create(
            session, patient, lane.name, moves.open_episode(lane, now=NOW, actor=MARIA, reason="Cardiology referral")
        )
        if blocked:
            episode = episodes.load(session, episode_id)
            events = moves.set_blocker(episode, lane, now=NOW, actor=MARIA, **blocked)
            episodes.record(session, episode_id, events, expected_version=episode.version)
    return episode_id


def raised(database: Database) -> list[int]:
    """The episodes that were escalated, each as often as it was."""
    with database.read() as session:
        return list(session.scalars(select(EventRow.episode_id).where(EventRow.kind == "escalated").order_by(EventRow.episode_id)))


def test_a_pass_raises_what_is_late_as_a_rule_and_keeps_that_it_ran(database):
    """Nobody pressed anything, and the log says so."""
    late = an_open_episode(database)
    an_open_episode(database, 2, LANES[LaneName.CARE_GAP])

    done = raise_overdue(database, LANES, now=LATE)

    with database.read() as session:
        episode = episodes.load(session, late)
        actors = {event.actor.kind for event in episodes.history(session, late)[1:]}
        kept = last_pass(session)
        assert list(problems(session)) == []
    assert (episode.status, episode.owner_role, actors) == (Status.ESCALATED, OwnerRole.ADMIN_LEAD, {"rule"})
    assert (done.raised, done.failed, raised(database)) == (1, 0, [late])
    assert kept == done


def test_a_second_pass_changes_nothing(database):
    """Not on the same hour, and not on the next day: one cause is raised once."""
    an_open_episode(database)
    raise_overdue(database, LANES, now=LATE)

    again = [raise_overdue(database, LANES, now=LATE + timedelta(hours=hours)).raised for hours in (0, 1, 24, 240)]

    assert again == [0, 0, 0, 0]
    assert raised(database) == [1]


def test_a_pass_that_was_missed_for_days_is_made_up_by_the_next(database):
    """The server was off over the holidays."""
    an_open_episode(database)
    an_open_episode(database, 2, category=BlockerCategory.TRANSPORT)

    raise_overdue(database, LANES, now=NOW + timedelta(days=60))

    assert raised(database) == [1, 2]


def test_passes_beside_one_another_raise_everything_once(database):
    """A worker and a cron line at the same moment."""
    count = 12
    for number in range(count):
        an_open_episode(database, number)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            raise_overdue(database, LANES, now=LATE)
        except BaseException as error:  # noqa: BLE001 — told by the assertion
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert raised(database) == list(range(1, count + 1))
    with database.read() as session:
        assert list(problems(session)) == []


def test_a_pass_that_died_half_way_is_ended_by_the_next(database, monkeypatch):
    """What was raised before it died stays, and nothing is raised twice."""
    for number in range(6):
        an_open_episode(database, number)
    done = []

    def dying(*given: object) -> bool:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(True)
        return original(*given)

    original = clock._raise_one
    monkeypatch.setattr(clock, "_raise_one", dying)
    with pytest.raises(KeyboardInterrupt):
        raise_overdue(database, LANES, now=LATE)
    monkeypatch.setattr(clock, "_raise_one", original)

    assert raised(database) == [1, 2, 3]
    assert raise_overdue(database, LANES, now=LATE).raised == 3
    assert raised(database) == [1, 2, 3, 4, 5, 6]


def test_many_episodes_are_gone_over_in_chunks(database, monkeypatch):
    """Neither skipped nor looked at twice where a chunk ends."""
    monkeypatch.setattr(clock, "CHUNK", 2)
    for number in range(5):
        an_open_episode(database, number)

    done = raise_overdue(database, LANES, now=LATE)

    assert (done.looked_at, done.raised) == (5, 5)


def test_an_episode_that_cannot_be_read_does_not_keep_the_others(database):
    """It is counted, and told by doctor."""
    an_open_episode(database, 1)
    an_open_episode(database, 2)
    with database.write() as session:
        session.execute(text("""UPDATE episodes SET state = '{"lane": "referral"}' WHERE id = 1"""))

    done = raise_overdue(database, LANES, now=LATE)

    assert (done.raised, done.failed, raised(database)) == (1, 1, [2])


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("Pacific/Kiritimati", datetime(2026, 3, 12, 10, 0, tzinfo=UTC)),  # 14 hours ahead of UTC
        ("Asia/Tokyo", datetime(2026, 3, 12, 15, 0, tzinfo=UTC)),
        ("UTC", datetime(2026, 3, 13, 0, 0, tzinfo=UTC)),
        ("America/Phoenix", datetime(2026, 3, 13, 7, 0, tzinfo=UTC)),  # no daylight saving
        ("America/Chicago", datetime(2026, 3, 13, 5, 0, tzinfo=UTC)),  # daylight saving began on the 8th
        ("Pacific/Pago_Pago", datetime(2026, 3, 13, 11, 0, tzinfo=UTC)),
    ],
)
def test_late_is_late_by_the_clinics_own_midnight(database, zone, first):
    """Wherever it is: not an hour sooner, and on the first pass of the day."""
    lane = a_lane(escalation={"after_days_overdue": 1}, calendar=Calendar(zone=zone, country="US").model_dump())
    lanes = LANES | {LaneName.REFERRAL: lane}
    episode_id = an_open_episode(database, lane=lane)
    with database.write() as session:
        episode = episodes.load(session, episode_id)
        events = moves.set_due(episode, lane, now=NOW, actor=MARIA, due=date(2026, 3, 12)) if episode.due != date(2026, 3, 12) else []
        episodes.record(session, episode_id, events, expected_version=episode.version)

    assert raise_overdue(database, lanes, now=first - timedelta(seconds=1)).raised == 0
    assert raise_overdue(database, lanes, now=first).raised == 1


def test_old_passes_are_forgotten(database):
    """An hourly row is worth nothing after months."""
    raise_overdue(database, LANES, now=NOW - timedelta(days=100))
    raise_overdue(database, LANES, now=NOW)

    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM passes")).scalar_one() == 1


def test_before_the_first_pass_there_is_none(database):
    """Doctor says so."""
    with database.read() as session:
        assert last_pass(session) is None
