"""When a patient may be contacted: quiet hours through clock changes, what the patient asked, tries of a day and a week."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.builders import NOW, Story, a_failed_call, a_lane
from workflow import moves
from workflow.contact import (
    CALLS,
    DISTURBING,
    ContactFacts,
    DoNotContact,
    first_free_day,
    free_business_day,
    may_contact,
    quiet_until,
    tries_by_day,
)
from workflow.events import CHANGE, OutreachLogged
from workflow.lane_file import parse_lane
from workflow.lanes import ContactRules, Lane, LaneError
from workflow.vocabulary import Action, BlockerCategory, Channel, LaneName, Limit, Outcome, OwnerRole, Status

ZONES = ["America/Chicago", "America/Phoenix", "America/St_Johns", "Europe/Berlin", "Africa/Casablanca", "Asia/Kathmandu",
         "Australia/Lord_Howe", "Pacific/Chatham", "America/Santiago", "Asia/Beirut", "UTC"]  # fmt: skip
NIGHT = ContactRules(quiet_from=time(20), quiet_until=time(8))
NO_CALLS = DoNotContact(channel=Channel.CALL, reason="works nights", since=NOW - timedelta(days=7), by="Dana")
NOTHING = DoNotContact(channel=None, reason="leave me alone", since=NOW - timedelta(days=7), by="Dana")

clocks = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
moments = st.integers(0, 5 * 366 * 24 * 60).map(lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))


def lane_with(**contact: object) -> Lane:
    """The referral lane with these contact limits and no escalation for tries."""
    nothing = {"quiet_from": None, "quiet_until": None, "tries_per_day": None, "tries_per_week": None}
    return a_lane(contact=nothing | contact, escalation={"after_failed_attempts": None})


def within(clock: time, begins: time, ends: time) -> bool:
    return begins <= clock < ends if begins < ends else clock >= begins or clock < ends


# Quiet hours.


@given(begins=clocks, ends=clocks, zone=st.sampled_from(ZONES), at=moments)
def test_what_a_clock_on_the_patients_wall_calls_quiet_is_quiet(begins, ends, zone, at):
    """Whatever the zone does with its clocks, and never much more than that: at most the change itself."""
    assume(begins != ends)
    there = ZoneInfo(zone)
    quiet = quiet_until(ContactRules(quiet_from=begins, quiet_until=ends), there, at) is not None
    around = {within((at + timedelta(hours=shift)).astimezone(there).time(), begins, ends) for shift in (-1, 0, 1)}

    if within(at.astimezone(there).time(), begins, ends):
        assert quiet
    if around == {False}:
        assert not quiet


@given(begins=clocks, ends=clocks, zone=st.sampled_from(ZONES), at=moments)
def test_quiet_hours_end_when_they_say_and_not_before(begins, ends, zone, at):
    """Every minute up to the end is quiet, and the end is not."""
    assume(begins != ends)
    rules, there = ContactRules(quiet_from=begins, quiet_until=ends), ZoneInfo(zone)
    end = quiet_until(rules, there, at)
    assume(end is not None)

    assert end > at
    assert quiet_until(rules, there, end) is None
    minutes = int((end - at).total_seconds() // 60)
    for minute in {0, minutes // 3, minutes // 2, max(0, minutes - 1)}:
        assert quiet_until(rules, there, at + timedelta(minutes=minute)) == end


@pytest.mark.parametrize(
    ("zone", "at", "end"),
    [
        ("America/Chicago", "2026-03-08T05:00-06:00", "2026-03-08T08:00-05:00"),  # the clocks went forward at two
        ("America/Chicago", "2026-11-01T00:30-05:00", "2026-11-01T08:00-06:00"),  # and back
        ("America/Chicago", "2026-03-10T19:59-05:00", None),
        ("America/Chicago", "2026-03-10T20:00-05:00", "2026-03-11T08:00-05:00"),
        ("America/Chicago", "2026-03-11T08:00-05:00", None),
        ("America/Los_Angeles", "2026-03-11T08:00-05:00", "2026-03-11T10:00-05:00"),  # ten in Chicago is eight there
    ],
)
def test_quiet_hours_at_their_edges(zone, at, end):
    """From eight in the evening, until eight in the morning, by the patient's own clock."""
    found = quiet_until(NIGHT, ZoneInfo(zone), datetime.fromisoformat(at))

    assert found == (datetime.fromisoformat(end) if end else None)


def test_an_hour_that_comes_twice_is_quiet_both_times():
    """Quiet until half past one: on the night the clocks go back, the second half past one."""
    rules, chicago = ContactRules(quiet_from=time(22), quiet_until=time(1, 30)), ZoneInfo("America/Chicago")

    assert quiet_until(rules, chicago, datetime.fromisoformat("2026-11-01T01:40-05:00")) == datetime.fromisoformat("2026-11-01T01:30-06:00")


def test_quiet_hours_say_whose_clock_they_are_of():
    """The patient's where it is known, else the clinic's."""
    lane, story = lane_with(quiet_from="20:00", quiet_until="08:00"), Story()
    at = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)

    for facts, words in (
        (ContactFacts(), "Quiet hours until 8:00 in the clinic’s zone (America/Chicago)"),
        (ContactFacts(zone="America/Denver"), "Quiet hours until 8:00 in the patient’s zone (America/Denver)"),
    ):
        may = may_contact(story.episode, lane, facts, at=at)
        assert [obstacle.words for obstacle in may.obstacles] == [words]
        assert set(may.channels) == set(Channel) - DISTURBING


# What the patient asked.


def test_a_wish_closes_its_channel_and_leaves_the_others():
    """ "No calls" leaves SMS and letters."""
    may = may_contact(Story().episode, lane_with(), ContactFacts(do_not_contact=(NO_CALLS,)), at=NOW)

    assert [obstacle.words for obstacle in may.against(Channel.CALL)] == ["Asked not to be contacted by phone (since 3 Mar 2026)"]
    assert set(may.channels) == set(Channel) - {Channel.CALL}


def test_a_wish_for_all_channels_closes_all():
    """Also letters."""
    assert may_contact(Story().episode, lane_with(), ContactFacts(do_not_contact=(NOTHING,)), at=NOW).channels == ()


def test_before_the_patient_asked_nothing_was_asked():
    """A late entry of a call made earlier is no offence."""
    may = may_contact(Story().episode, lane_with(), ContactFacts(do_not_contact=(NO_CALLS,)), at=NOW - timedelta(days=8))

    assert may.obstacles == ()


# Tries.

counts = st.dictionaries(st.integers(0, 20), st.integers(1, 3), max_size=8)


@given(tries=counts, day=st.integers(0, 25), per_day=st.none() | st.integers(1, 3), per_week=st.none() | st.integers(1, 5))
def test_the_first_free_day_leaves_room_and_no_earlier_day_does(tries, day, per_day, per_week):
    """Counted by hand: the tries of the day itself, and of it and the six days before."""
    start = date(2026, 3, 1)
    story = Story(lane_with(tries_per_day=per_day, tries_per_week=per_week), now=datetime(2026, 4, 30, tzinfo=UTC))
    for ago, count in tries.items():
        at = datetime(2026, 3, 1, 18, tzinfo=UTC) + timedelta(days=ago)
        a_failed_call(story, count=count, happened_at=at)

    def room(number: int) -> bool:
        week = sum(count for ago, count in tries.items() if number - 6 <= ago <= number)
        return (per_day is None or tries.get(number, 0) < per_day) and (per_week is None or week < per_week)

    counted = tries_by_day(story.episode, story.lane)
    found = (first_free_day(story.lane.contact, counted, start + timedelta(days=day)) - start).days
    assert room(found)
    assert not any(room(number) for number in range(day, found))


def test_used_up_tries_say_how_many_and_from_when():
    """In words that a coordinator can repeat."""
    story = Story(lane_with(tries_per_day=1, tries_per_week=3))
    for _ in range(3):
        a_failed_call(story)
        story.later(days=1)
    may = may_contact(story.episode, story.lane, ContactFacts(), at=story.now)

    assert [obstacle.words for obstacle in may.obstacles] == ["3 of 3 tries this week used; next from Tue 17 Mar"]
    assert may.obstacles[0].until == datetime(2026, 3, 17, 5, tzinfo=UTC)
    assert (may.today, may.week) == (0, 3)


def test_a_reply_and_a_letter_are_no_tries():
    """The patient came to us; a letter waits in the box."""
    story = Story(lane_with(tries_per_day=1))
    a_failed_call(story, channel=Channel.SMS, outcome=Outcome.REPLIED)
    a_failed_call(story, channel=Channel.LETTER, outcome=Outcome.MESSAGE_SENT)

    assert may_contact(story.episode, story.lane, ContactFacts(), at=NOW).obstacles == ()


# What was done is recorded, and marked.


@pytest.mark.parametrize(
    ("given", "facts", "marks"),
    [
        ({}, ContactFacts(), ()),
        ({}, None, ()),
        ({"happened_at": NOW - timedelta(hours=3)}, ContactFacts(), (Limit.QUIET_HOURS,)),
        ({"happened_at": NOW - timedelta(hours=3), "time_known": False}, ContactFacts(), ()),
        ({"happened_at": NOW - timedelta(hours=3), "channel": Channel.PORTAL, "outcome": Outcome.MESSAGE_SENT}, ContactFacts(), ()),
        ({}, ContactFacts(do_not_contact=(NO_CALLS,)), (Limit.DO_NOT_CONTACT,)),
        ({"channel": Channel.SMS, "outcome": Outcome.REPLIED}, ContactFacts(do_not_contact=(NOTHING,)), ()),
        ({"count": 3}, ContactFacts(), (Limit.TRIES_PER_DAY,)),
        ({"count": 5}, ContactFacts(), (Limit.TRIES_PER_DAY, Limit.TRIES_PER_WEEK)),
    ],
)
def test_an_attempt_that_was_made_is_recorded_and_marked(given, facts, marks):
    """A fact is a fact: never refused."""
    lane = lane_with(quiet_from="20:00", quiet_until="08:00", tries_per_day=2, tries_per_week=4)
    story = Story(lane)
    a_failed_call(story, facts=facts, **given)

    assert story.episode.attempts[-1].beyond == marks


def test_events_from_before_there_were_limits_still_parse():
    """Nothing was marked then."""
    old = {"kind": "outreach_logged", "channel": "call", "outcome": "no_answer", "count": 1, "happened_at": NOW.isoformat(), "text": ""}
    change = CHANGE.validate_python(old)

    assert isinstance(change, OutreachLogged)
    assert change.beyond == ()


# The plan keeps to them.


@given(
    name=st.sampled_from(list(LaneName)),
    steps=st.lists(st.tuples(st.integers(0, 30), st.sampled_from(list(Outcome)), st.integers(1, 3)), min_size=1, max_size=8),
    per_day=st.none() | st.integers(1, 3),
    per_week=st.none() | st.integers(1, 4),
)
def test_the_next_touch_that_rules_set_leaves_room_for_a_try(name, steps, per_day, per_week):
    """After any run of attempts, where the next action is a call."""
    limits = {"quiet_from": None, "quiet_until": None, "tries_per_day": per_day, "tries_per_week": per_week}
    story = Story(a_lane(name, contact=limits, escalation={"after_failed_attempts": None}))
    for hours, outcome, count in steps:
        story.later(hours=hours)
        a_failed_call(story, outcome=outcome, count=count)
        if story.episode.next_action in CALLS and outcome not in {Outcome.REACHED, Outcome.REPLIED, Outcome.DECLINED}:
            due = story.episode.due
            assert first_free_day(story.lane.contact, tries_by_day(story.episode, story.lane), due) == due
            assert story.lane.calendar.is_business_day(due)


def test_a_call_waits_for_a_free_day_and_a_fax_does_not():
    """Limits protect the patient from us, not from their paperwork."""
    story = Story(lane_with(tries_per_week=2))
    a_failed_call(story, count=2)
    assert story.episode.due == date(2026, 3, 17)

    role = OwnerRole.CARE_COORDINATOR
    story.do(moves.add_task, action=Action.REQUEST_DOCUMENT, owner_role=role)
    story.do(moves.add_task, action=Action.CALL_PATIENT, owner_role=role)
    assert [task.due for task in story.episode.tasks] == [date(2026, 3, 12), date(2026, 3, 17)]


def test_waiting_on_documents_is_not_put_off_by_calls():
    """The next step there asks the payer."""
    story = Story(lane_with(tries_per_week=1))
    a_failed_call(story)
    story.do(moves.set_blocker, category=BlockerCategory.AUTHORIZATION)

    assert (story.episode.status, story.episode.due) == (Status.WAITING_ON_DOCUMENTS, date(2026, 3, 13))


def test_reopening_waits_for_a_free_day_too():
    """The patient's week did not start anew."""
    story = Story(lane_with(tries_per_week=1))
    a_failed_call(story)
    story.do(moves.close, reason=story.lane.closure_reasons[0])
    story.do(moves.reopen, text="called back")

    assert story.episode.due == free_business_day(story.episode, story.lane, date(2026, 3, 12)) == date(2026, 3, 17)


# The lane file.


@pytest.mark.parametrize("name", list(LaneName))
def test_every_shipped_lane_has_limits(name):
    """Sensible ones: the night, and more than the tries after which it escalates."""
    lane = a_lane(name)

    assert (lane.contact.quiet_from, lane.contact.quiet_until) == (time(20), time(8))
    assert lane.contact.tries_per_day is not None
    assert lane.contact.tries_per_week is not None


LANE = """\
name: referral
title: Referral
calendar: {zone: America/Chicago}
owners: [care_coordinator, nurse_reviewer, admin_lead]
first_owner: care_coordinator
first_action: call_patient
closure_reasons: [care_completed]
cadence:
  by_status: {new: 1, needs_outreach: 1, waiting_on_patient: 1, waiting_on_provider: 1, waiting_on_documents: 1, scheduled: 1, escalated: 0}
escalation: {after_failed_attempts: 3}
"""


def test_a_lane_file_from_before_has_no_limits():
    """Older copies of teams stay valid."""
    assert parse_lane(LANE, "referral.yaml").contact == ContactRules()


def test_a_time_without_quotes_means_what_it_says():
    """YAML reads 20:00 as 1,200."""
    lane = parse_lane(LANE + "contact: {quiet_from: 20:00, quiet_until: 08:00}\n", "referral.yaml")

    assert (lane.contact.quiet_from, lane.contact.quiet_until) == (time(20), time(8))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{quiet_from: "20:00"}', "quiet hours need both"),
        ('{quiet_from: "20:00", quiet_until: "20:00"}', "are the same"),
        ('{quiet_from: "25:00", quiet_until: "08:00"}', "no time of day. Write one in quotes"),
        ("{quiet_from: 72000, quiet_until: 08:00}", "no time of day. Write one in quotes"),
        ("{quiet_from: late, quiet_until: true}", "no time of day. Write one in quotes"),
        ("{tries_per_day: 0}", "0 is too small"),
        ("{tries_per_fortnight: 2}", "Did you mean tries_per_day"),
    ],
)
def test_limits_that_do_not_hold_are_told(line, said):
    """With the key and the remedy."""
    with pytest.raises(LaneError, match=rf"(?s)referral\.yaml, line \d+, column \d+: contact.*{said}"):
        parse_lane(LANE + f"contact: {line}\n", "referral.yaml")
