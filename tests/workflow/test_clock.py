"""The clock: how long an episode stood in each status, and whose move it was."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import MARIA, NOW, REFERRAL, Story, a_call_task, a_failed_call
from tests.histories import a_story
from workflow import clock, moves
from workflow.calendar import Calendar
from workflow.clock import BusinessDays
from workflow.episode import fold_from, standing
from workflow.events import Event, NextActionSet
from workflow.vocabulary import Action, BlockerCategory, Channel, ClosureReason, Mover, Outcome, OwnerRole, Status

CHICAGO = ZoneInfo("America/Chicago")
ILLINOIS = Calendar(zone="America/Chicago", state="IL")
SEEDS = st.integers(0, 2**32)
OPENINGS = st.sampled_from(
    [
        NOW,
        datetime(2026, 3, 7, 23, 30, tzinfo=CHICAGO),  # before clocks go forward
        datetime(2026, 10, 31, 23, 30, tzinfo=CHICAGO),  # before they go back
        datetime(2027, 12, 31, 23, 59, 30, tzinfo=CHICAGO),
    ]
)
anything = given(seed=SEEDS, opened_at=OPENINGS, after_h=st.integers(0, 500))


@anything
@settings(max_examples=150, deadline=None)
def test_intervals_tile_the_life_of_an_episode(seed: int, opened_at: datetime, after_h: int):
    """From opening on without gap or overlap, each with what the fold says at its beginning; the parts sum to the whole."""
    story = a_story(seed, opened_at=opened_at)
    now = (story.now + timedelta(hours=after_h)).astimezone(UTC).replace(microsecond=0)
    found = clock.intervals(story.events)

    assert found[0].since == opened_at.astimezone(UTC).replace(microsecond=0)
    assert found[-1].until is None
    assert all(before.until == after.since > before.since for before, after in pairwise(found))
    assert found[-1].status is story.episode.status
    whole = now - found[0].since
    assert sum(clock.time_by_status(found, found[0].since, now).values(), timedelta()) == whole
    by_mover = clock.time_by_mover(found, found[0].since, now)
    assert sum(by_mover.values(), timedelta()) == whole
    assert clock.age(found, now) == whole - by_mover.get(Mover.NOBODY, timedelta())
    assert clock.age(found, now) == found[-1].open_before + (
        found[-1].overlap(found[-1].since, now) if story.episode.is_open else timedelta()
    )


@anything
@settings(max_examples=100, deadline=None)
def test_an_interval_is_what_the_events_until_then_make(seed: int, opened_at: datetime, after_h: int):
    """Asked at any moment, the interval that covers it stands as the events until then say, those taken back passed over."""
    story = a_story(seed, opened_at=opened_at)
    count = standing(story.events)
    at = (opened_at + timedelta(hours=after_h)).astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
    until_then = fold_from(None, [event for event in count if event.at.astimezone(UTC) < at])
    covering = [each for each in clock.intervals(story.events) if each.since < at and (each.until is None or at <= each.until)]

    assert until_then is not None
    assert [(each.status, each.owner_role, each.due, each.blocked_by, each.is_open) for each in covering] == [
        (until_then.status, until_then.owner_role, until_then.due, until_then.blocked_by, until_then.is_open)
    ]


def test_it_is_whose_move_it_was():
    """Two days ours, three the patient's, a day the payer's."""
    story = Story()
    a_call_task(story)
    story.later(days=2)
    story.do(moves.log_outreach, channel=Channel.SMS, outcome=Outcome.MESSAGE_SENT)
    story.later(days=3)
    story.do(moves.set_blocker, category=BlockerCategory.AUTHORIZATION)
    found = clock.intervals(story.events)

    spent = clock.time_by_mover(found, NOW, NOW + timedelta(days=6))

    assert spent == {Mover.TEAM: timedelta(days=2), Mover.PATIENT: timedelta(days=3), Mover.PAYER: timedelta(days=1)}


def test_editing_never_makes_an_episode_younger():
    """Tasks, owners, due dates, attempts and a status set again leave age, and time in the status, running."""
    story = Story()
    a_call_task(story)
    story.later(days=5)
    a_call_task(story, action=Action.REQUEST_DOCUMENT)
    story.do(moves.set_owner, owner_role=OwnerRole.SCHEDULER)
    story.do(moves.set_due, due=date(2026, 4, 1))
    a_failed_call(story)
    story.later(days=1)
    found = clock.intervals(story.events)

    assert clock.age(found, story.now) == clock.age_in_status(found, story.now) == timedelta(days=6)


def test_time_while_closed_is_nobodys():
    """Closed after 4 days, reopened 30 days later: after one day more it is 5 days old, and its second closing says so."""
    story = Story()
    story.later(days=4)
    story.do(moves.close, reason=ClosureReason.CARE_COMPLETED)
    story.later(days=30)
    story.do(moves.reopen, text="called back")
    story.later(days=1)
    story.do(moves.close, reason=ClosureReason.PATIENT_DECLINED)
    found = clock.intervals(story.events)

    assert clock.time_by_mover(found, NOW, story.now) == {Mover.TEAM: timedelta(days=5), Mover.NOBODY: timedelta(days=30)}
    closings = [(each.closing.reason, each.open_before) for each in found if each.closing]
    assert closings == [(ClosureReason.CARE_COMPLETED, timedelta(days=4)), (ClosureReason.PATIENT_DECLINED, timedelta(days=5))]


def test_what_was_undone_took_no_time():
    """A closing taken back a week later was never a pause; a status set by mistake was never stood in."""
    story = Story()
    story.later(days=1)
    waiting = story.do(moves.set_status, status=Status.WAITING_ON_PATIENT)
    story.later(days=2)
    story.undo(waiting)
    closing = story.do(moves.close, reason=ClosureReason.CARE_COMPLETED)
    story.later(days=7)
    story.undo(closing)

    found = clock.intervals(story.events)

    assert clock.time_by_status(found, NOW, story.now) == {Status.NEW: timedelta(days=10)}
    assert clock.age(found, story.now) == timedelta(days=10)


def test_a_late_entry_counts_when_the_status_changed():
    """An attempt of last week that is entered today makes it the patient's move from today; its tries count at the closing."""
    story = Story()
    story.later(days=7)
    story.do(moves.log_outreach, channel=Channel.LETTER, outcome=Outcome.MESSAGE_SENT, count=2, happened_at=NOW)
    story.later(days=1)
    story.do(moves.close, reason=ClosureReason.UNABLE_TO_REACH)
    found = clock.intervals(story.events)

    assert clock.time_by_status(found, NOW, story.now) == {Status.NEW: timedelta(days=7), Status.WAITING_ON_PATIENT: timedelta(days=1)}
    assert found[-1].closing == clock.Closing(ClosureReason.UNABLE_TO_REACH, 2)


def test_a_moment_before_the_one_it_follows_makes_no_negative_time():
    """Two machines whose clocks differ: the order of the log holds, and nothing overlaps."""
    story = Story()
    story.do(moves.set_status, status=Status.WAITING_ON_PATIENT)
    earlier = Event(seq=story.episode.version + 1, at=NOW - timedelta(hours=1), actor=MARIA, change=NextActionSet(action=Action.OTHER))
    story.later(hours=-2)
    story.events.append(earlier)
    story.episode = story.episode.model_copy(update={"version": earlier.seq})
    story.do(moves.set_status, status=Status.SCHEDULED)

    assert [(each.status, each.since) for each in clock.intervals(story.events)] == [(Status.SCHEDULED, NOW)]


@pytest.mark.parametrize(
    ("since", "until", "hours", "days"),
    [
        (datetime(2026, 3, 8, tzinfo=CHICAGO), datetime(2026, 3, 9, tzinfo=CHICAGO), 23, 1),  # clocks go forward
        (datetime(2026, 11, 1, tzinfo=CHICAGO), datetime(2026, 11, 2, tzinfo=CHICAGO), 25, 1),  # and back
        (datetime(2026, 12, 31, 23, tzinfo=CHICAGO), datetime(2027, 1, 1, 1, tzinfo=CHICAGO), 2, 1),
        (datetime(2026, 3, 10, 1, tzinfo=CHICAGO), datetime(2026, 3, 10, 23, tzinfo=CHICAGO), 22, 0),
    ],
)
def test_a_day_is_one_day_however_long_it_was(since: datetime, until: datetime, hours: int, days: int):
    """Elapsed time is real time; a calendar day is from midnight to midnight of the clinic."""
    story = Story(now=since)

    assert clock.age(clock.intervals(story.events), until) == timedelta(hours=hours)
    assert clock.calendar_days(REFERRAL.calendar, since, until) == days


def test_business_time_leaves_weekends_and_holidays_out():
    """From Thursday noon over Independence Day (observed on Friday) to Monday noon: half a day on either side."""
    since, until = datetime(2026, 7, 2, 12, tzinfo=CHICAGO), datetime(2026, 7, 6, 12, tzinfo=CHICAGO)

    assert clock.business_time(ILLINOIS, since, until) == timedelta(days=1)
    assert clock.business_time(ILLINOIS, until, since) == timedelta()
    assert BusinessDays(ILLINOIS, date(2026, 7, 1), date(2026, 7, 31)).between(date(2026, 7, 2), date(2026, 7, 6)) == 1


@given(after=st.timedeltas(timedelta(), timedelta(days=1400)), hours=st.integers(0, 3000), part=st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_business_time_is_never_more_than_elapsed_and_adds_up(after: timedelta, hours: int, part: float):
    """Cut anywhere, the two parts make the whole."""
    begins = datetime(2025, 1, 1, tzinfo=UTC) + after
    ends, between = begins + timedelta(hours=hours), begins + timedelta(hours=hours) * part
    whole = clock.business_time(ILLINOIS, begins, ends)

    assert timedelta() <= whole <= ends - begins
    assert clock.business_time(ILLINOIS, begins, between) + clock.business_time(ILLINOIS, between, ends) == whole


@given(day=st.dates(date(2026, 1, 1), date(2027, 6, 1)), count=st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_business_days_between_are_those_the_calendar_adds(day: date, count: int):
    """Counting goes the way back of adding."""
    until = ILLINOIS.add_business_days(day, count)
    start = ILLINOIS.add_business_days(day, 0)

    assert BusinessDays(ILLINOIS, date(2026, 1, 1), date(2027, 12, 31)).between(start, until) == count
