"""Escalation: raised by a person, or by the passing of time."""

from datetime import date

import pytest

from tests.builders import MARIA, Story, a_lane, changes_of, kinds
from workflow import events as ev
from workflow import moves
from workflow.refusals import NotInLane
from workflow.vocabulary import Action, BlockerCategory, ClosureReason, EscalationReason, OwnerRole, Status


def test_a_person_raises_to_the_role_the_lane_names():
    """Worse symptoms land in front of a nurse, today."""
    story = Story()

    events = story.do(moves.escalate, reason=EscalationReason.WORSENING_SYMPTOMS, text="chest pain")

    raised = events[0]
    assert raised.actor == MARIA
    assert isinstance(raised.change, ev.Escalated)
    assert (raised.change.to, raised.change.text) == (OwnerRole.NURSE_REVIEWER, "chest pain")
    episode = story.episode
    assert (episode.status, episode.owner_role, episode.next_action, episode.due) == (
        Status.ESCALATED,
        OwnerRole.NURSE_REVIEWER,
        Action.ESCALATE_TO_CLINICIAN,
        date(2026, 3, 10),
    )


def test_a_blocked_episode_is_due_at_once_when_escalated():
    """Waiting five days for a slot is no reason to look at a chest pain in five days."""
    story = Story()
    story.do(moves.set_blocker, category=BlockerCategory.SCHEDULING_CAPACITY)

    story.do(moves.escalate, reason=EscalationReason.WORSENING_SYMPTOMS)

    assert story.episode.due == date(2026, 3, 10)


def test_raising_for_the_same_reason_again_is_no_change():
    """Two notes of one morning tell the same pain."""
    story = Story()
    story.do(moves.escalate, reason=EscalationReason.WORSENING_SYMPTOMS)

    assert story.do(moves.escalate, reason=EscalationReason.WORSENING_SYMPTOMS) == []


def test_another_reason_takes_over():
    """The newest cause is what the nurse should see."""
    story = Story()
    story.do(moves.escalate, reason=EscalationReason.PATIENT_DISTRESS)
    since = story.episode.status_since
    story.later(hours=1).do(moves.escalate, reason=EscalationReason.WORSENING_SYMPTOMS, to=OwnerRole.CLINICIAN)

    assert story.episode.escalation is not None
    assert (story.episode.escalation.reason, story.episode.owner_role) == (EscalationReason.WORSENING_SYMPTOMS, OwnerRole.CLINICIAN)
    assert story.episode.status_since == since


def test_an_escalation_goes_to_a_role_of_the_lane():
    """Nobody works a queue the lane does not have."""
    story = Story(a_lane(owners=(OwnerRole.CARE_COORDINATOR, OwnerRole.NURSE_REVIEWER, OwnerRole.ADMIN_LEAD)))

    with pytest.raises(NotInLane, match="Clinician owns nothing"):
        story.do(moves.escalate, reason=EscalationReason.SAFETY_CONCERN, to=OwnerRole.CLINICIAN)


def test_time_raises_what_is_overdue_for_too_long():
    """Referral: seven days past due goes to the lead, in words a lead can read out."""
    story = Story()  # due 12 March
    assert story.later(days=8).do(moves.raise_by_rule) == []

    events = story.later(days=1).do(moves.raise_by_rule)

    change = changes_of(events)[0]
    assert isinstance(change, ev.Escalated)
    assert (change.reason, change.to) == (EscalationReason.TIME_CRITICAL, OwnerRole.ADMIN_LEAD)
    assert change.text == "Update referral source is 7 days overdue"
    assert {event.actor.kind for event in events} == {"rule"}


def test_one_day_is_one_day():
    """A lane that raises at once says so in words that are right."""
    story = Story(a_lane(escalation={"after_days_overdue": 1}))

    change = changes_of(story.later(days=3).do(moves.raise_by_rule))[0]

    assert isinstance(change, ev.Escalated)
    assert change.text == "Update referral source is 1 day overdue"


def test_time_raises_one_cause_once():
    """Ended by a person and still late by the same day: the rules have said it."""
    story = Story()
    story.later(days=9).do(moves.raise_by_rule)
    assert story.do(moves.raise_by_rule) == []

    undue = date(2026, 3, 12)
    raised = story.episode
    ended = raised.model_copy(update={"escalation": None, "status": Status.NEW, "due": undue})

    assert moves.raise_by_rule(ended, story.lane, now=story.now) == []


def test_time_raises_what_is_blocked_for_too_long():
    """Due dates may be kept while nothing moves; the lane says how long that is fine."""
    story = Story()
    story.do(moves.set_blocker, category=BlockerCategory.AUTHORIZATION)
    story.later(days=20).do(moves.set_due, due=date(2026, 4, 30))
    assert story.do(moves.raise_by_rule) == []

    events = story.later(days=1).do(moves.raise_by_rule)

    change = changes_of(events)[0]
    assert isinstance(change, ev.Escalated)
    assert change.text == "Authorization has blocked this for 21 days"
    assert story.episode.due == date(2026, 3, 31)


def test_rules_that_are_off_raise_nothing():
    """None in the lane's file switches a rule off."""
    story = Story(a_lane(escalation={"after_days_overdue": None, "after_days_blocked": None}))
    story.do(moves.set_blocker, category=BlockerCategory.AUTHORIZATION)

    assert story.later(days=300).do(moves.raise_by_rule) == []


def test_what_the_rules_raised_shows_as_theirs():
    """A lead tells a rule's alarm from a colleague's."""
    by_rule, by_person = Story(), Story()
    by_rule.later(days=20).do(moves.raise_by_rule)
    by_person.do(moves.escalate, reason=EscalationReason.TIME_CRITICAL)

    assert by_rule.episode.escalation is not None
    assert by_person.episode.escalation is not None
    assert (by_rule.episode.escalation.by_rule, by_person.episode.escalation.by_rule) == (True, False)


def test_causes_are_remembered_after_closing():
    """Reopening an episode must not raise last month's run again."""
    story = Story()
    story.later(days=9).do(moves.raise_by_rule)
    raised = story.episode.raised
    story.do(moves.close, reason=ClosureReason.CARE_COMPLETED)
    story.do(moves.reopen, text="back")

    assert story.episode.raised == raised
    assert kinds(story.events)[-1] == "episode_reopened"
