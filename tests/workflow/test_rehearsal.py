"""Rehearsing a lane: what people did is read back from the log, done again under other rules, and compared."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import NOW, REFERRAL, Story, a_call_task, a_failed_call, a_lane
from workflow import escalating, moves, owning
from workflow import events as ev
from workflow.acts import Remaking, read_back
from workflow.calendar import Calendar
from workflow.contact import ContactFacts, DoNotContact
from workflow.episode import broken_invariant, fold
from workflow.events import Event, person
from workflow.people import ANYBODY, People
from workflow.refusals import Refusal
from workflow.rehearsal import Rehearsal, Window, _course, _nights, edits, midnight
from workflow.vocabulary import (
    Action,
    BlockerCategory,
    Channel,
    ClosureReason,
    EscalationAnswer,
    EscalationReason,
    LaneName,
    Outcome,
    OwnerRole,
    Status,
)

ZONES = ("America/Chicago", "America/Phoenix", "Asia/Tokyo", "Africa/Cairo", "Pacific/Kiritimati")
STARTS = (
    datetime(2026, 3, 6, 18, 0, tzinfo=UTC),  # daylight saving begins on the 8th
    datetime(2026, 10, 30, 18, 0, tzinfo=UTC),  # and ends on 1 November
    datetime(2026, 12, 29, 18, 0, tzinfo=UTC),  # over New Year
    datetime(2026, 4, 22, 18, 0, tzinfo=UTC),  # in Cairo the 24th has no midnight
)


WHO = st.sampled_from(("maria", "dana", "lee"))
ASKED = DoNotContact(channel=None, reason="wants letters", since=STARTS[0] - timedelta(days=90), by="maria")


class Diary:
    """Somebody's fortnight with an episode, at random; the time rules are applied at every midnight, as they are in a replay."""

    def __init__(self, data: st.DataObject, lane, start: datetime) -> None:
        self.draw, self.story = data.draw, Story(lane, start)
        self.batches: list[list[Event]] = []
        self.people = ANYBODY

    def go_on(self, steps: int) -> None:
        for _ in range(steps):
            self.wait(self.draw(st.integers(1, 60)))
            try:
                made = self.own() if self.draw(st.booleans()) else self.act()
            except Refusal:
                continue
            if any(event.actor.kind == "person" for event in made):
                self.batches.append(made)
            elif made:  # a move of which a person left no trace cannot be read back
                del self.story.events[-len(made) :]
                self.story.episode = fold(self.story.events)

    def wait(self, hours: int) -> None:
        calendar, until = self.story.lane.calendar, self.story.now + timedelta(hours=hours)
        day = calendar.local_day(self.story.now)
        while (night := midnight(calendar, day := day + timedelta(days=1))) <= until:
            self.story.now = night
            self.story.do(moves.raise_by_rule)
        self.story.now = until + timedelta(seconds=1)

    def go_or_come(self) -> None:
        """Somebody goes away, and what is theirs here is given back by rule; or comes back, of which the log tells nothing."""
        who = self.draw(WHO)
        gone = dict(self.people.unavailable)
        if gone.pop(who, None) is None:
            gone[who] = f"{who} is away until 4 December"
        self.people = People(unavailable=gone)
        self.story.take(owning.release(self.story.episode, self.story.lane, now=self.story.now, people=self.people))

    def own(self) -> list[Event]:
        """Something about who owns it, by anybody."""
        draw, story, people = self.draw, self.story, self.people
        actor = person(draw(WHO))
        match draw(st.integers(0, 9)):
            case 0:
                self.go_or_come()
                return []
            case 1 | 2:
                return story.do(owning.claim, actor=actor, people=people)
            case 3 | 4:
                to = {"owner_role": draw(st.sampled_from(OwnerRole)), "owner": draw(st.none() | WHO)}
                return story.do(owning.hand_over, actor=actor, note="rang twice", people=people, **to)
            case 5:
                return story.do(owning.accept, actor=actor, people=people)
            case 6:
                return story.do(draw(st.sampled_from([owning.return_offer, owning.give_back])), actor=actor, text="too much", people=people)
            case 7:
                return story.do(owning.withdraw, actor=actor)
            case 8:
                to = {"owner_role": draw(st.sampled_from(OwnerRole)), "owner": draw(st.none() | WHO)}
                return story.do(moves.set_owner, actor=actor, people=people, **to)
            case _:
                said = {"answer": draw(st.sampled_from(EscalationAnswer)), "helper": draw(st.none() | WHO)}
                return story.do(escalating.answer_escalation, actor=actor, people=people, **said)

    def act(self) -> list[Event]:
        draw, story = self.draw, self.story
        day = story.now.date() + timedelta(days=draw(st.integers(0, 9)))
        match draw(st.integers(0, 11)):
            case 0 | 1:
                due = draw(st.none() | st.just(day))
                return story.do(moves.add_task, action=draw(st.sampled_from(Action)), owner_role=draw(st.sampled_from(OwnerRole)), due=due)
            case 2:
                tasks = [task.number for task in story.episode.tasks] or [1]
                return story.do(moves.complete_task, task=draw(st.sampled_from(tasks)))
            case 3:
                return story.do(moves.set_blocker, category=draw(st.sampled_from(BlockerCategory)))
            case 4:
                return story.do(moves.clear_blocker, category=draw(st.sampled_from(story.episode.blocked_by or tuple(BlockerCategory))))
            case 5 | 6:
                ago = timedelta(hours=draw(st.sampled_from([0, 0, 30])))
                tried = {"channel": draw(st.sampled_from(Channel)), "outcome": draw(st.sampled_from(Outcome))}
                facts = draw(st.sampled_from([None, ContactFacts(do_not_contact=(ASKED,))]))
                return story.do(moves.log_outreach, happened_at=story.now - ago, facts=facts, **tried)
            case 7:
                return story.do(moves.set_status, status=draw(st.sampled_from(Status)), people=self.people)
            case 8:
                return story.do(moves.set_next_action, action=draw(st.sampled_from(Action)), due=draw(st.none() | st.just(day)))
            case 9:
                return story.do(moves.set_due, due=day)
            case 10:
                if story.episode.is_open:
                    return story.do(moves.close, reason=draw(st.sampled_from(ClosureReason)))
                return story.do(moves.reopen, text="called back")
            case _:
                batch = draw(st.sampled_from(self.batches)) if self.batches else []
                taken_back = {seq for e in story.events if isinstance(e.change, ev.Retracted) for seq in e.change.seqs}
                if not batch or any(e.seq in taken_back or isinstance(e.change, ev.Retracted) for e in batch):
                    return story.do(moves.escalate, reason=draw(st.sampled_from(EscalationReason)))
                return story.undo(batch, self.people)


def in_zone(name: LaneName, zone: str, **changes):
    country = {"Asia/Tokyo": "JP", "Africa/Cairo": "EG"}.get(zone, "US")
    return a_lane(name, calendar=Calendar(zone=zone, country=country).model_dump(), **changes)


@settings(max_examples=120, deadline=None)
@given(st.data(), st.sampled_from(LaneName), st.sampled_from(ZONES), st.sampled_from(STARTS))
def test_what_was_done_is_read_back_and_done_again_exactly(data, name, zone, start):
    """Under the same lane a replay ends where the log ends: any moves, undo, nights, changes of the clock, the turn of a year."""
    lane = in_zone(name, zone)
    diary = Diary(data, lane, start)
    diary.go_on(10)
    events, split = diary.story.events, data.draw(st.integers(0, 12))
    window = Window(midnight(lane.calendar, lane.calendar.local_day(start) + timedelta(days=split)), diary.story.now)
    if window.since > window.until:
        return

    log = read_back(events, lane, window.since)
    course = _course(Remaking(lane, list(log.before), log.start), log.acts, _nights(lane.calendar, window))

    assert log.stands == diary.story.episode
    assert course.refused == ()
    assert course.stands is not None
    assert undated(course.stands) == undated(log.stands)


def undated(episode):
    """The state, but for how events, tasks and raised causes are numbered and named."""
    return episode.model_copy(update={"version": 0})


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(LaneName), st.sampled_from(ZONES), st.sampled_from(STARTS))
def test_under_any_other_lane_the_promises_of_an_episode_hold(data, name, zone, start):
    """Refusals are told; what comes of the rest folds, replays the same twice, and breaks no invariant."""
    diary = Diary(data, in_zone(name, zone), start)
    diary.go_on(10)
    count = st.none() | st.integers(1, 3)
    rules = {key: data.draw(count) for key in ("after_failed_attempts", "after_days_overdue", "after_days_blocked")}
    other = in_zone(name, zone, escalation=rules, closure_reasons=(ClosureReason.CARE_COMPLETED,), owners=tuple(OwnerRole))
    window = Window.of(other.calendar, 5, diary.story.now)

    log = read_back(diary.story.events, other, window.since)
    course = _course(Remaking(other, list(log.before), log.start), log.acts, _nights(other.calendar, window))
    rehearsed = Rehearsal(diary.story.lane, other, window).episode(diary.story.events)

    assert course.stands is not None
    assert fold(course.events) == course.stands
    assert broken_invariant(course.stands) is None
    assert rehearsed == Rehearsal(diary.story.lane, other, window).episode(diary.story.events)
    assert all(refused.why and refused.what for refused in rehearsed.refused)


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from(LaneName))
def test_the_same_lane_changes_nothing(data, name):
    """Only a change of the rules shows, never the noise of a replay."""
    diary = Diary(data, a_lane(name), NOW)
    diary.go_on(8)

    rehearsed = Rehearsal(a_lane(name), a_lane(name), Window.of(diary.story.lane.calendar, 90, diary.story.now)).episode(diary.story.events)

    assert (rehearsed.differences, rehearsed.refused, rehearsed.spared, rehearsed.next_try) == ((), (), None, None)


def rehearsed(story: Story, days: int = 30, **changes):
    """The story under the referral lane with some keys changed."""
    return Rehearsal(REFERRAL, a_lane(**changes), Window.of(REFERRAL.calendar, days, story.now)).episode(story.events)


def words(found) -> list[str]:
    return [difference.words for difference in found.differences]


def test_two_failed_tries_instead_of_three():
    """Who would have been escalated, when, to whom, and why."""
    story = Story()
    a_failed_call(story.later(hours=1))
    a_failed_call(story.later(days=2))
    a_call_task(story.later(hours=1))

    assert words(rehearsed(story, escalation={"after_failed_attempts": 2})) == [
        "Escalates Thu 12 Mar 2026 to nurse reviewer: 2 failed tries since the patient was last in touch.",
        "Stands as escalated instead of needs outreach.",
        "Belongs to nurse reviewer instead of care coordinator.",
        "Is due Fri 13 Mar 2026 instead of Mon 16 Mar 2026: escalated.",
    ]


def test_an_escalation_that_would_not_have_been_and_one_on_another_day():
    """Both directions of a change."""
    story = Story()
    story.later(days=12)

    assert words(rehearsed(story, escalation={"after_days_overdue": None}))[0] == (
        "Does not escalate Thu 19 Mar 2026 to admin lead, which was for: Update referral source is 7 days overdue."
    )
    assert words(rehearsed(story, escalation={"after_days_overdue": 3}))[0] == (
        "Escalates Sun 15 Mar 2026 to admin lead instead of Thu 19 Mar 2026 to admin lead: Update referral source is 3 days overdue."
    )
    assert words(rehearsed(story, escalation={"overdue_to": OwnerRole.CLINICIAN}))[0] == (
        "Escalates Thu 19 Mar 2026 to clinician instead of Thu 19 Mar 2026 to admin lead: Update referral source is 7 days overdue."
    )


def test_another_cadence_is_another_due_date_but_a_day_that_a_person_chose_stays():
    """What the lane gave changes with the lane."""
    by_lane, by_person = Story(), Story()
    a_call_task(by_lane.later(hours=1))
    a_call_task(by_person.later(hours=1), due=date(2026, 3, 20))
    slower = {"cadence": {"by_status": REFERRAL.cadence.by_status | {Status.NEW: 6}}}

    assert words(rehearsed(by_lane, **slower)) == ["Is due Wed 18 Mar 2026 instead of Thu 12 Mar 2026: lane cadence when it was opened."]
    assert words(rehearsed(by_person, **slower)) == []


def test_what_the_new_rules_refuse_is_told_and_what_follows_goes_on():
    """A closing for a reason that is gone, by whom and why not."""
    story = Story()
    story.later(days=1).do(moves.close, reason=ClosureReason.NO_LONGER_NEEDED)

    found = rehearsed(story, closure_reasons=(ClosureReason.CARE_COMPLETED,))

    (refused,) = found.refused
    assert (refused.who, refused.what) == ("maria", "closed: no longer needed")
    assert "does not close for" in refused.why
    assert words(found)[0].startswith("Stays open, and was closed. Referral follow-through does not close for")


def test_a_status_that_is_not_used_any_more_is_refused():
    """The move says which are."""
    story = Story()
    story.later(days=1).do(moves.set_status, status=Status.SCHEDULED)

    found = rehearsed(story, statuses=tuple(status for status in Status if status is not Status.SCHEDULED))

    assert [refused.what for refused in found.refused] == ["set the status to scheduled or in progress"]
    assert "It uses: New, Needs outreach" in found.refused[0].why


def test_only_acts_in_the_window_are_done_again():
    """What was escalated before it stays escalated under both."""
    story = Story()
    for _ in range(3):
        a_failed_call(story.later(hours=1))
    story.later(days=40)

    found = rehearsed(story, days=10, escalation={"after_failed_attempts": 2})

    assert (found.acts, found.differences) == (0, ())


def test_tomorrow_says_who_escalates_and_why():
    """Under the changed lane alone, under either, or no longer."""
    story = Story()
    story.later(days=4)  # Saturday; due on Thursday, so on Sunday it is three days late

    sooner = rehearsed(story, escalation={"after_days_overdue": 3})
    assert sooner.coming is not None
    assert (sooner.coming.to, sooner.coming.because, sooner.coming.either_way) == (
        OwnerRole.ADMIN_LEAD,
        "Update referral source is 3 days overdue",
        False,
    )
    assert rehearsed(story, escalation={"after_days_overdue": 4}).coming is None

    story.later(days=4)
    assert (
        rehearsed(story, escalation={"after_days_overdue": 3}).coming
        == sooner.coming.__class__(OwnerRole.ADMIN_LEAD, "Update referral source is 6 days overdue", either_way=True)
        or rehearsed(story).coming is not None
    )
    off = rehearsed(story, escalation={"after_days_overdue": None})
    assert off.coming is None
    assert off.spared is not None


def test_tomorrow_tells_whom_one_more_failed_try_would_raise():
    """A lower number of tries raises nobody by itself: the next try does."""
    story = Story()
    a_failed_call(story.later(hours=1))

    found = rehearsed(story, escalation={"after_failed_attempts": 2})

    assert found.coming is None
    assert found.next_try is not None
    assert found.next_try.because == "2 failed tries since the patient was last in touch"


def test_the_keys_that_were_changed_are_told():
    """So that nobody rehearses another file than they meant."""
    reasons = tuple(reason for reason in REFERRAL.closure_reasons if reason is not ClosureReason.NO_LONGER_NEEDED)
    changed = a_lane(escalation={"after_failed_attempts": 2, "after_days_blocked": None}, title="Ours", closure_reasons=reasons)

    assert [(edit.key, edit.present, edit.changed) for edit in edits(REFERRAL, changed)] == [
        ("title", "Referral follow-through", "Ours"),
        ("closure_reasons", "no_longer_needed", "—"),
        ("escalation.after_failed_attempts", "3", "2"),
        ("escalation.after_days_blocked", "21", "off"),
    ]
    assert edits(REFERRAL, REFERRAL) == []


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 3, 10), 24)])
def test_a_day_begins_at_the_clinics_midnight_whatever_its_length(day, hours):
    """Daylight saving begins and ends."""
    calendar = REFERRAL.calendar

    assert midnight(calendar, day + timedelta(days=1)) - midnight(calendar, day) == timedelta(hours=hours)
    assert calendar.local_day(midnight(calendar, day)) == day


def test_nobody_gets_work_back_in_a_replay_who_was_away_by_then():
    """Under the changed lane it was escalated while Dana owned it; when that ends she is on leave, as the log shows."""
    story, dana = Story(), person("dana")
    story.do(owning.claim, actor=dana)
    a_failed_call(story.later(hours=1))
    a_failed_call(story.later(days=1))
    away = People(unavailable={"dana": "dana is away until 4 December"})
    story.later(hours=1).take(owning.release(story.episode, story.lane, now=story.now, people=away))
    story.later(hours=1).do(moves.set_status, status=Status.WAITING_ON_PATIENT)
    changed = a_lane(escalation={"after_failed_attempts": 2})

    log = read_back(story.events, REFERRAL, story.events[0].at)
    course = _course(Remaking(changed, [], None), log.acts, ())

    assert [act.words for act in log.acts[:2]] == ["episode opened", "claimed it"]
    assert len(course.raised) == 1
    assert course.refused == ()
    assert course.stands is not None
    assert (course.stands.status, course.stands.owner) == (Status.WAITING_ON_PATIENT, None)


def test_an_offer_that_the_changed_rules_ended_cannot_be_accepted_in_a_replay():
    """The refusal is told in the words of the page, with what was done in a few."""
    story, dana = Story(), person("dana")
    a_failed_call(story)
    story.later(hours=1).do(owning.hand_over, owner_role=OwnerRole.CARE_COORDINATOR, owner="dana", note="rang twice")
    a_failed_call(story.later(hours=1))
    story.later(hours=1).do(owning.accept, actor=dana)

    found = rehearsed(story, escalation={"after_failed_attempts": 2})

    assert [(refused.who, refused.what) for refused in found.refused] == [("dana", "accepted it")]
    assert found.refused[0].why.startswith("This is not offered to anybody any more.")
