"""Outreach attempts: cadence, streaks, and the third failure."""

from datetime import date, timedelta

import pytest

from tests.builders import NOW, Story, a_call_task, a_failed_call, a_lane, changes_of, kinds
from workflow import events as ev
from workflow import moves
from workflow.refusals import ImpossibleMoment, Refusal
from workflow.vocabulary import Action, Channel, ClosureReason, EscalationReason, LaneName, Outcome, OwnerRole, Status


@pytest.mark.parametrize(
    ("outcome", "due", "status"),
    [
        (Outcome.NO_ANSWER, date(2026, 3, 12), Status.NEEDS_OUTREACH),
        (Outcome.LEFT_VOICEMAIL, date(2026, 3, 12), Status.NEEDS_OUTREACH),
        (Outcome.WRONG_NUMBER, date(2026, 3, 11), Status.NEEDS_OUTREACH),
        (Outcome.MESSAGE_SENT, date(2026, 3, 13), Status.WAITING_ON_PATIENT),
        (Outcome.REACHED, date(2026, 3, 12), Status.NEW),
    ],
)
def test_an_attempt_sets_the_next_touch_and_whose_move_it_is(outcome, due, status):
    """The lane's cadence by outcome, in business days from the attempt."""
    story = Story()
    a_failed_call(story, outcome=outcome)

    assert (story.episode.due, story.episode.status) == (due, status)


def test_what_the_lane_says_about_contact_counts_too():
    """A lane that checks back ten days after a talk means it."""
    story = Story(a_lane(cadence={"by_outcome": {Outcome.REACHED: 10}}))
    a_failed_call(story, outcome=Outcome.REACHED)

    assert story.episode.due == date(2026, 3, 24)


def test_an_attempt_records_what_happened_first():
    """The person's own act stands before what the rules make of it."""
    events = a_failed_call(Story(), count=2, text="x2, LVM")

    assert changes_of(events)[0] == ev.OutreachLogged(
        channel=Channel.CALL, outcome=Outcome.NO_ANSWER, count=2, happened_at=NOW, text="x2, LVM"
    )
    assert [event.actor.kind for event in events] == ["person", *["rule"] * (len(events) - 1)]


def test_a_call_that_was_tried_comes_round_again():
    """Today's call was made; the task must not stay overdue."""
    story = Story()
    a_call_task(story, due=date(2026, 3, 10))

    a_failed_call(story)

    assert (story.episode.tasks[0].due, story.episode.due) == (date(2026, 3, 12), date(2026, 3, 12))


def test_another_task_keeps_its_day_when_a_call_fails():
    """An unanswered phone says nothing about the fax."""
    story = Story()
    story.do(moves.add_task, action=Action.REQUEST_DOCUMENT, owner_role=OwnerRole.CARE_COORDINATOR, due=date(2026, 3, 10))

    a_failed_call(story)

    assert story.episode.tasks[0].due == date(2026, 3, 10)


def test_the_third_failed_attempt_escalates_the_episode():
    """A lane that allows two failed attempts raises the episode on the third, to the role it names."""
    story = Story()
    a_failed_call(story)
    a_failed_call(story.later(days=1))

    events = a_failed_call(story.later(days=1))

    raised = next(event for event in events if isinstance(event.change, ev.Escalated))
    assert raised.actor.kind == "rule"
    assert (raised.change.reason, raised.change.to) == (EscalationReason.REPEATED_FAILED_OUTREACH, OwnerRole.NURSE_REVIEWER)
    assert raised.change.text == "3 failed tries since the patient was last in touch"
    episode = story.episode
    assert (episode.status, episode.owner_role, episode.next_action) == (
        Status.ESCALATED,
        OwnerRole.NURSE_REVIEWER,
        Action.ESCALATE_TO_CLINICIAN,
    )
    assert episode.escalation is not None
    assert episode.escalation.by_rule


def test_three_tries_in_one_entry_count_as_three():
    """“Called x3” is one entry with a count of three."""
    assert "escalated" in kinds(a_failed_call(Story(), count=3))


def test_a_lane_may_escalate_sooner_or_never():
    """The number is the lane's; without one the rule is off."""
    assert "escalated" in kinds(a_failed_call(Story(a_lane(LaneName.HIGH_RISK)), count=2))
    assert "escalated" not in kinds(a_failed_call(Story(a_lane(escalation={"after_failed_attempts": None})), count=90))


def test_contact_ends_the_run_of_failures():
    """Reached in between: the count starts anew."""
    story = Story()
    a_failed_call(story, count=2)
    a_failed_call(story.later(hours=1), outcome=Outcome.REACHED)
    a_failed_call(story.later(hours=1))

    assert (story.episode.failed_attempts, story.episode.status) == (1, Status.NEEDS_OUTREACH)


def test_a_sent_message_is_neither_contact_nor_failure():
    """It may still be answered."""
    story = Story()
    a_failed_call(story, count=2)
    a_failed_call(story.later(hours=1), channel=Channel.SMS, outcome=Outcome.MESSAGE_SENT)

    assert story.episode.failed_attempts == 2
    assert story.episode.last_contact_at is None


def test_one_run_of_failures_is_raised_once():
    """Somebody looked and ended it; the fourth unanswered call must not raise it again."""
    story = Story()
    a_failed_call(story, count=3)
    story.do(moves.set_status, status=Status.NEEDS_OUTREACH)

    assert "escalated" not in kinds(a_failed_call(story.later(days=1)))


def test_a_new_run_of_failures_is_raised_again():
    """Lost once more after contact is a new cause."""
    story = Story()
    a_failed_call(story, count=3)
    story.do(moves.set_status, status=Status.NEEDS_OUTREACH)
    a_failed_call(story.later(days=1), outcome=Outcome.REACHED)

    assert "escalated" in kinds(a_failed_call(story.later(days=1), count=3))


def test_a_late_entry_does_not_move_the_next_touch():
    """Writing up Friday's call on Monday must not undo Monday's plan."""
    story = Story()
    a_failed_call(story)
    due = story.episode.due

    events = a_failed_call(story.later(hours=1), happened_at=NOW - timedelta(days=3))

    assert kinds(events) == ["outreach_logged"]
    assert (story.episode.due, [a.happened_at for a in story.episode.attempts]) == (due, [NOW - timedelta(days=3), NOW])


def test_a_late_entry_still_counts_towards_the_run():
    """Three calls are three calls, in whatever order they were written up."""
    story = Story()
    a_failed_call(story, count=2)

    assert "escalated" in kinds(a_failed_call(story.later(hours=1), happened_at=NOW - timedelta(days=3)))


def test_a_late_entry_before_the_last_contact_does_not_count():
    """The patient was reached since."""
    story = Story()
    a_failed_call(story, outcome=Outcome.REACHED)
    a_failed_call(story, count=3, happened_at=NOW - timedelta(days=1))

    assert (story.episode.failed_attempts, story.episode.escalation) == (0, None)


def test_the_next_touch_counts_from_the_attempt_but_is_never_past():
    """A call of last week, entered today: the next touch is today, not last Friday."""
    story = Story()
    a_failed_call(story, happened_at=NOW - timedelta(days=8))

    assert story.episode.due == date(2026, 3, 10)


def test_the_next_touch_of_a_late_entry_is_a_day_the_clinic_works():
    """Entered on a Saturday, a call of last week comes round on Monday."""
    story = Story()
    story.later(days=4)

    a_failed_call(story, happened_at=NOW - timedelta(days=8))

    assert story.episode.due == date(2026, 3, 16)


def test_an_attempt_cannot_lie_in_the_future():
    """A typing slip in the hour would put it last for ever."""
    with pytest.raises(ImpossibleMoment, match=r"^An outreach attempt cannot lie in the future\.$"):
        a_failed_call(Story(), happened_at=NOW + timedelta(minutes=1))


def test_an_attempt_is_made_at_least_once():
    """Zero tries is no attempt."""
    with pytest.raises(Refusal, match=r"^The number of tries is 1 or more\.$"):
        a_failed_call(Story(), count=0)


def test_an_attempt_on_an_escalated_episode_leaves_the_escalation_alone():
    """A call does not answer for the nurse."""
    story = Story()
    story.do(moves.escalate, reason=EscalationReason.SAFETY_CONCERN)

    assert kinds(a_failed_call(story, count=5)) == ["outreach_logged"]


def test_contact_while_waiting_on_the_patient_makes_it_our_move():
    """The patient answered; the queue must not go on saying that we wait for them."""
    story = Story()
    story.do(moves.log_outreach, channel=Channel.SMS, outcome=Outcome.MESSAGE_SENT)
    waiting = story.episode.status
    story.later(hours=1).do(moves.log_outreach, channel=Channel.SMS, outcome=Outcome.REPLIED)

    assert (waiting, story.episode.status) == (Status.WAITING_ON_PATIENT, Status.NEEDS_OUTREACH)


def closed_and_reopened(story):
    story.later(days=1).do(moves.close, reason=ClosureReason.UNABLE_TO_REACH)
    story.later(days=300).do(moves.reopen, text="patient called back")


def test_reopening_starts_the_count_anew():
    """Two tries of last year and one of today are not three in a row; nor does a late entry of last year's count."""
    story = Story()
    a_failed_call(story, count=2)
    closed_and_reopened(story)

    assert story.episode.failed_attempts == 0
    assert "escalated" not in kinds(a_failed_call(story.later(hours=1)))
    a_failed_call(story, happened_at=story.now - timedelta(days=200))
    assert (story.episode.failed_attempts, story.episode.escalation) == (1, None)


@pytest.mark.parametrize("reached", [False, True])
def test_a_run_after_reopening_escalates_though_one_before_closing_had(reached):
    """Each run is a cause of its own, and its words say from when it counts."""
    story = Story()
    if reached:
        story.do(moves.log_outreach, channel=Channel.CALL, outcome=Outcome.REACHED)
        story.later(hours=1)
    a_failed_call(story, count=3)
    assert story.episode.status is Status.ESCALATED
    closed_and_reopened(story)
    a_failed_call(story.later(hours=1), count=2)

    events = a_failed_call(story.later(hours=1))

    raised = next(change for change in changes_of(events) if isinstance(change, ev.Escalated))
    assert raised.text == "3 failed tries since it was reopened"


def test_taking_the_reopening_back_leaves_the_run_as_it_was():
    """The state before, from a fold of the log."""
    story = Story()
    a_failed_call(story, count=2)
    story.later(days=1).do(moves.close, reason=ClosureReason.UNABLE_TO_REACH)
    story.undo(story.later(days=1).do(moves.reopen, text="a slip"))

    assert (story.episode.reopened_at, story.episode.failed_attempts) == (None, 2)
