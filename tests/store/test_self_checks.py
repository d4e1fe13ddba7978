"""The nightly self-check over the record: what it reads, what it keeps, and that a night run twice is one night."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from store import access, episodes, monthly, self_checks
from store.self_checks import Narrowed, run_self_check
from store.tables import SelfCheckFailureRow
from tests.builders import LANES, NOW, a_note, a_reviewer
from workflow import moves
from workflow.events import person
from workflow.monthly import Month
from workflow.vocabulary import BlockerCategory, ClosureReason, LaneName, OwnerRole

DAYS = timedelta(days=1)


@pytest.fixture
def record(database):
    """One patient blocked by transport, owned by Dana."""
    with database.write() as session:
        a_note(session)
        a_reviewer(session)
    move(database, moves.set_owner, owner_role=OwnerRole.CARE_COORDINATOR, owner="dana")
    move(database, moves.set_blocker, category=BlockerCategory.TRANSPORT)
    return database


def move(database, made, *, now=NOW, actor="dana", episode_id=1, **given):
    with database.write() as session:
        episode = episodes.load(session, episode_id)
        events = made(episode, LANES[episode.lane], now=now, actor=person(actor), **given)
        episodes.record(session, episode_id, events, expected_version=episode.version)


def failed(database, day, narrowed=None):
    with database.read() as session:
        return self_checks.failed(session, day, narrowed or Narrowed())


def test_a_night_finds_what_lies_and_keeps_it_by_rule(record):
    """Two business days on: the need has no task, and the note that came in is not reviewed."""
    ran = run_self_check(record, LANES, now=NOW + 2 * DAYS)

    assert (ran.episodes, ran.failing, ran.by_rule) == (1, 1, {"need_without_task": 1})
    found = failed(record, ran.day)
    assert [(one.rule, one.patient.name, one.since) for one in found] == [("need_without_task", "Rosa Alvarez", ran.day)]
    with record.read() as session:
        assert self_checks.last_run(session) == ran


def test_a_night_run_twice_is_one_night(record):
    """A second worker, or a person at the command line; what was mended in between is gone."""
    night = NOW + 2 * DAYS
    first = run_self_check(record, LANES, now=night)

    assert run_self_check(record, LANES, now=night) == first
    move(record, moves.clear_blocker, now=night, category=BlockerCategory.TRANSPORT)
    assert run_self_check(record, LANES, now=night).by_rule == {}
    with record.read() as session:
        assert session.execute(select(func.count()).select_from(SelfCheckFailureRow)).scalar_one() == 0


def test_a_failure_is_dated_from_the_first_night_of_the_row(record):
    """Mended for a night, it begins anew."""
    nights = [NOW + count * DAYS for count in range(2, 7)]
    for night in nights[:2]:
        run_self_check(record, LANES, now=night)
    assert {one.since for one in failed(record, nights[1].date()) if one.rule == "need_without_task"} == {nights[0].date()}

    move(record, moves.clear_blocker, now=nights[2], category=BlockerCategory.TRANSPORT)
    run_self_check(record, LANES, now=nights[2])
    move(record, moves.set_blocker, now=nights[2], category=BlockerCategory.TRANSPORT)
    late = nights[2] + 4 * DAYS
    run_self_check(record, LANES, now=late)

    assert {one.since for one in failed(record, late.date()) if one.rule == "need_without_task"} == {late.date()}
    with record.read() as session:
        days, counts = self_checks.trend(session, late.date(), Narrowed())
    assert days == [nights[0].date(), nights[1].date(), nights[2].date(), late.date()]
    assert counts["need_without_task"] == [1, 1, 0, 1]


def test_a_note_counts_until_it_is_reviewed_or_the_owner_looked(record):
    """Somebody else's look is not the owner's."""
    with record.write() as session:
        a_note(session, "n-2")
    night = NOW + 2 * DAYS

    def note_fails() -> bool:
        return "note_unread" in run_self_check(record, LANES, now=night).by_rule

    assert not note_fails()  # Dana acted at the moment it came in
    move(record, moves.set_owner, owner_role=OwnerRole.CARE_COORDINATOR, owner="maria", actor="maria", now=NOW - DAYS)
    assert note_fails()
    for who, fails in (("dana", True), ("maria", False)):
        with record.write() as session:
            access.record_access(session, who, "read", "episode 1", now=NOW + DAYS)
        assert note_fails() is fails


def test_a_plan_changed_by_somebody_else_counts_until_the_owner_looks(record):
    """Also where a rule changed it."""
    move(record, moves.set_due, due=(NOW + 9 * DAYS).date(), actor="maria", now=NOW + DAYS)

    assert "plan_unseen" in run_self_check(record, LANES, now=NOW + 3 * DAYS).by_rule
    with record.write() as session:
        access.record_access(session, "dana", "read", "episode 1", now=NOW + 2 * DAYS)
    assert "plan_unseen" not in run_self_check(record, LANES, now=NOW + 3 * DAYS).by_rule


def test_failures_can_be_narrowed_and_closed_episodes_leave_the_list(record):
    """By lane, by owner role, by person."""
    day = run_self_check(record, LANES, now=NOW + 2 * DAYS).day

    for fits in (Narrowed(lane=LaneName.REFERRAL), Narrowed(owner_role=OwnerRole.CARE_COORDINATOR), Narrowed(owner="dana")):
        assert len(failed(record, day, fits)) == 1
        with record.read() as session:
            assert self_checks.trend(session, day, fits)[1] == {"need_without_task": [1]}
    for other in (Narrowed(lane=LaneName.CARE_GAP), Narrowed(owner_role=OwnerRole.CLINICIAN), Narrowed(owner="maria")):
        assert failed(record, day, other) == []
    move(record, moves.close, now=NOW + 2 * DAYS, reason=ClosureReason.NO_LONGER_NEEDED)
    assert failed(record, day) == []


def test_the_hourly_job_runs_once_a_day(record):
    """The first hour in which a worker is up; the others find it done."""
    run = self_checks.jobs(record, LANES)[self_checks.SELF_CHECK]
    run(1)
    with record.read() as session:
        first = self_checks.last_run(session)
    run(2)

    with record.read() as session:
        assert first is not None
        assert self_checks.last_run(session) == first


def test_nothing_is_there_before_the_first_night(database):
    """An empty record is checked as well."""
    with database.read() as session:
        assert self_checks.last_run(session) is None
        assert self_checks.trend(session, NOW.date(), Narrowed()) == ([], {})
    assert run_self_check(database, LANES, now=NOW).episodes == 0


def test_the_month_has_the_record_s_numbers(record):
    """Attempts without those taken back, decisions, notes, and the month's last self-check."""
    from workflow.vocabulary import Channel, Outcome

    move(record, moves.log_outreach, channel=Channel.CALL, outcome=Outcome.REACHED)
    move(record, moves.log_outreach, channel=Channel.CALL, outcome=Outcome.NO_ANSWER, count=3)
    run_self_check(record, LANES, now=NOW + 2 * DAYS)

    with record.read() as session:
        owners = monthly.view(session, LANES, Month.of(NOW.date()), now=NOW + 3 * DAYS)
        elsewhere = monthly.view(session, LANES, Month.of(NOW.date()), now=NOW + 3 * DAYS, lane=LaneName.CARE_GAP)
    figures = {figure.key: figure for each in owners for figure in each.now}

    assert [each.title for each in owners] == ["Care", "Operations", "Administration", "Reporting"]
    assert (figures["attempts"].value, figures["reached"].value, figures["reached"].n) == (4, 0.25, 4)
    assert (figures["opened"].value, figures["notes"].value, figures["decisions"].value) == (1, 1, 0)
    assert figures["agreement"].value is None
    assert figures["self_check"].episodes == (1,)
    assert all([one.key for one in each.now] == [one.key for one in each.before] for each in owners)
    assert monthly.patients_of(owners, "opened") == figures["opened"]
    assert {figure.n for each in elsewhere for figure in each.now} == {0}
