"""`triage tick`, and how doctor tells that it ran."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from typer.testing import Result

from cli.doctoring import PASS_OVERDUE
from cli.wiring import open_record
from store import episodes, owning, users
from store.clock import raise_overdue
from tests.builders import a_patient
from workflow import moves
from workflow.events import RULE
from workflow.vocabulary import LaneName, UserRole

Run = Callable[..., Result]
DAY = timedelta(days=1)


@pytest.fixture
def late() -> None:
    """A high-risk episode that nobody touched for a month."""
    record = open_record()
    lane = record.lanes[LaneName.HIGH_RISK]
    with record.database.write() as session:
        opened = moves.open_episode(lane, now=datetime.now(UTC) - timedelta(days=30), actor=RULE, reason="Fell twice")
        episodes.create(session, a_patient(session), lane.name, opened)
    record.close()


def test_a_tick_raises_what_is_late_and_a_second_one_nothing(triage: Run, late: None) -> None:
    """For a cron line."""
    assert triage("tick").stdout.startswith("1 open episodes could be late; 1 were raised.\n")
    assert triage("tick").stdout.startswith("0 open episodes could be late; 0 were raised.\n")


def test_a_tick_gives_back_what_belongs_to_people_away_and_asks_the_self_check_once_a_day(triage: Run) -> None:
    """As the hourly jobs do; doctor tells of both, before and after."""
    record = open_record()
    now = datetime.now(UTC)
    lane = record.lanes[LaneName.REFERRAL]
    with record.database.write() as session:
        episodes.create(session, a_patient(session), lane.name, moves.open_episode(lane, now=now, actor=RULE, reason="Cardiology"))
        users.add_user(session, "dana", "Dana Ruiz", UserRole.COORDINATOR, None, now=now)
        owning.claim(session, record.lanes, 1, username="dana", now=now)
        users.set_away(session, "dana", now.date() - DAY, now.date() + DAY, today=now.date())
    record.close()
    before = triage("doctor").stdout
    assert " ! 1 open episodes still belong to people who are away or have left. Run the jobs, or: triage tick" in before
    assert " ! The self-check never ran." in before

    first, second = triage("tick").stdout, triage("tick").stdout

    assert "\n1 were given back for people who are away or have left.\n0 of 1 open episodes fail the self-check.\n" in first
    assert second.endswith("\n0 were given back for people who are away or have left.\nThe self-check of this day has run already.\n")
    after = triage("doctor").stdout
    assert "   Nothing open belongs to people who are away or have left" in after
    assert "   Self-check: last ran" in after
    assert "0 of 1 open episodes failed" in after


def test_doctor_tells_when_it_was_last_looked(triage: Run) -> None:
    """Never, just now, too long ago."""
    triage("db", "upgrade")
    assert " ! Overdue and blocked episodes were never looked at." in triage("doctor").stdout

    record = open_record()
    old = datetime.now(UTC) - PASS_OVERDUE - timedelta(minutes=1)
    raise_overdue(record.database, record.lanes, now=old)
    with record.database.write() as session:
        session.execute(text("UPDATE passes SET ended_at = began_at"))
    record.close()
    assert "that was over 3 hours ago. Run the jobs, or: triage tick" in triage("doctor").stdout

    triage("tick")
    assert "   Overdue and blocked episodes: last looked at" in triage("doctor").stdout


def test_what_cannot_be_read_is_a_finding(triage: Run, late: None) -> None:
    """The others are raised all the same; somebody should look."""
    record = open_record()
    with record.database.write() as session:
        session.execute(text("""UPDATE episodes SET state = '{"lane": "referral"}'"""))
    record.close()

    ticked, looked = triage("tick"), triage("doctor")

    assert (ticked.exit_code, looked.exit_code) == (1, 1)
    assert "1 could not be read" in ticked.stderr
    assert "1 could not be read. What does not hold: triage db check" in looked.stdout
