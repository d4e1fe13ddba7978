"""Tasks, and the next action, owner and due date that follow from them."""

from datetime import date

import pytest

from tests.builders import REFERRAL, Story, a_call_task, a_lane, changes_of, kinds
from workflow import events as ev
from workflow import moves
from workflow.refusals import ImpossibleMoment, NotInLane, NotOpen, Refusal
from workflow.vocabulary import Action, BlockerCategory, EscalationReason, OwnerRole, Status

THURSDAY, FRIDAY, NEXT_WEEK = date(2026, 3, 12), date(2026, 3, 13), date(2026, 3, 18)


def test_the_first_task_becomes_the_next_action():
    """What a person accepts must show in the queue at once: action, owner and due date."""
    story = Story()

    events = story.do(
        moves.add_task, action=Action.SCHEDULE_APPOINTMENT, owner_role=OwnerRole.SCHEDULER, due=FRIDAY, detail="book the echo"
    )

    assert changes_of(events) == [
        ev.TaskAdded(task=1, action=Action.SCHEDULE_APPOINTMENT, owner_role=OwnerRole.SCHEDULER, due=FRIDAY, detail="book the echo"),
        ev.StatusSet(status=Status.NEEDS_OUTREACH, why="first task"),
        ev.NextActionSet(action=Action.SCHEDULE_APPOINTMENT, task=1),
        ev.OwnerSet(owner_role=OwnerRole.SCHEDULER, why="owner of the next action: schedule appointment"),
        ev.DueSet(due=FRIDAY, why="due of the next action: schedule appointment"),
    ]
    assert [event.actor.kind for event in events] == ["person", "rule", "rule", "rule", "rule"]


def test_events_of_one_move_are_numbered_without_gaps():
    """The number is the version that a page was shown at; a gap would look like a lost event."""
    story = Story()
    a_call_task(story, due=FRIDAY)

    assert [event.seq for event in story.events] == list(range(1, len(story.events) + 1))
    assert story.episode.version == len(story.events)


@pytest.mark.parametrize("action", [Action.CALL_PATIENT, Action.SCHEDULE_APPOINTMENT, Action.OTHER])
def test_the_first_task_takes_an_episode_out_of_new(action):
    """“New” means nobody has looked; a planned step ends that, and leaves the status free to follow a blocker or an attempt."""
    story = Story()
    story.do(moves.add_task, action=action, owner_role=OwnerRole.CARE_COORDINATOR)
    planned = story.episode.status
    story.do(moves.set_blocker, category=BlockerCategory.AUTHORIZATION)

    assert (planned, story.episode.status) == (Status.NEEDS_OUTREACH, Status.WAITING_ON_DOCUMENTS)


def test_the_task_due_first_is_the_next_action():
    """The queue shows what is to be done first, whatever order it was accepted in."""
    story = Story()
    a_call_task(story, due=NEXT_WEEK)
    story.do(moves.add_task, action=Action.REQUEST_DOCUMENT, owner_role=OwnerRole.CARE_COORDINATOR, due=THURSDAY)

    assert (story.episode.next_action, story.episode.next_task, story.episode.due) == (Action.REQUEST_DOCUMENT, 2, THURSDAY)


def test_a_later_task_does_not_displace_an_earlier_one():
    """Accepting a step for next week leaves this week's plan alone."""
    story = Story()
    a_call_task(story, due=THURSDAY)

    assert kinds(story.do(moves.add_task, action=Action.OTHER, owner_role=OwnerRole.CLINICIAN, due=NEXT_WEEK)) == ["task_added"]


def test_a_task_without_a_day_gets_one_from_the_cadence():
    """The note gave no time; the lane knows how soon to touch."""
    story = Story()
    a_call_task(story)

    assert story.episode.tasks[0].due == date(2026, 3, 12)


def test_an_equal_task_is_no_change():
    """Two notes that tell the same step make one task."""
    story = Story()
    a_call_task(story, due=FRIDAY)

    assert a_call_task(story, due=FRIDAY) == []


def test_a_role_that_the_lane_does_not_know_owns_nothing():
    """The refusal names who may own instead."""
    story = Story(a_lane(owners=(OwnerRole.CARE_COORDINATOR, OwnerRole.NURSE_REVIEWER, OwnerRole.ADMIN_LEAD)))

    with pytest.raises(NotInLane, match=r"^Scheduler owns nothing in Referral follow-through\. Owners there: Care coordinator, Nurse rev"):
        story.do(moves.add_task, action=Action.OTHER, owner_role=OwnerRole.SCHEDULER)


def test_completing_a_task_brings_up_the_next_one():
    """There is always a next action: the next open task, with its owner and day."""
    story = Story()
    a_call_task(story, due=THURSDAY)
    story.do(moves.add_task, action=Action.SCHEDULE_APPOINTMENT, owner_role=OwnerRole.SCHEDULER, due=FRIDAY)

    events = story.do(moves.complete_task, task=1)

    assert changes_of(events)[0] == ev.TaskCompleted(task=1)
    episode = story.episode
    assert (episode.next_action, episode.next_task, episode.owner_role, episode.due) == (
        Action.SCHEDULE_APPOINTMENT,
        2,
        OwnerRole.SCHEDULER,
        FRIDAY,
    )


def test_after_the_last_task_the_lane_says_what_comes_next():
    """No task is no excuse for having no next action."""
    story = Story()
    a_call_task(story, due=THURSDAY)
    story.do(moves.complete_task, task=1)

    assert (story.episode.next_action, story.episode.next_task) == (REFERRAL.next_action(Status.NEEDS_OUTREACH), None)
    assert story.episode.due == date(2026, 3, 12)


@pytest.mark.parametrize("move", [moves.complete_task, moves.cancel_task])
def test_a_task_ends_once(move):
    """The second of two people who tick the same task learns that it is done."""
    story = Story()
    a_call_task(story)
    story.do(moves.complete_task, task=1)

    with pytest.raises(NotOpen, match=r"^This task is not open any more\.$"):
        story.do(move, task=1, **({"why": "done"} if move is moves.cancel_task else {}))


def test_cancelling_a_task_wants_a_reason():
    """A step that vanishes without a word cannot be reviewed."""
    story = Story()
    a_call_task(story)

    with pytest.raises(Refusal, match=r"^Say why the task is cancelled\.$"):
        story.do(moves.cancel_task, task=1, why="\n")


def test_a_cancelled_task_keeps_its_reason():
    """The log says why, without the spaces around it."""
    story = Story()
    a_call_task(story)

    assert changes_of(story.do(moves.cancel_task, task=1, why=" moved away "))[0] == ev.TaskCancelled(task=1, why="moved away")


def test_a_chosen_next_action_stays_first_until_it_is_done():
    """A person overrules the due dates; a rule does not overrule the person."""
    story = Story()
    a_call_task(story, due=THURSDAY)
    story.do(moves.set_next_action, action=Action.CHECK_AUTHORIZATION, due=NEXT_WEEK)
    story.do(moves.add_task, action=Action.OTHER, owner_role=OwnerRole.CARE_COORDINATOR, due=THURSDAY)

    assert (story.episode.next_action, story.episode.pinned) == (Action.CHECK_AUTHORIZATION, True)

    story.do(moves.complete_task, task=2)

    assert (story.episode.next_action, story.episode.pinned) == (Action.CALL_PATIENT, False)


def test_choosing_a_next_action_that_is_a_task_takes_that_task():
    """Pressing “call patient next” must not make a second call task."""
    story = Story()
    a_call_task(story, due=FRIDAY)

    events = story.do(moves.set_next_action, action=Action.CALL_PATIENT, due=THURSDAY)

    assert kinds(events)[:2] == ["task_moved", "next_action_set"]
    assert (len(story.episode.tasks), story.episode.due) == (1, THURSDAY)


def test_a_chosen_next_action_is_owned_by_whom_the_person_names():
    """“Scheduler books next” must land in the scheduler's queue, not stay in the coordinator's."""
    story = Story()

    story.do(moves.set_next_action, action=Action.SCHEDULE_APPOINTMENT, owner_role=OwnerRole.SCHEDULER)

    assert story.episode.owner_role is OwnerRole.SCHEDULER


def test_a_chosen_task_brings_its_owner():
    """The step that is done first is done by whose step it is."""
    story = Story()
    a_call_task(story, due=THURSDAY)
    story.do(moves.add_task, action=Action.SCHEDULE_APPOINTMENT, owner_role=OwnerRole.SCHEDULER, due=FRIDAY)

    story.do(moves.set_next_action, action=Action.SCHEDULE_APPOINTMENT)

    assert story.episode.owner_role is OwnerRole.SCHEDULER


def test_choosing_the_same_next_action_twice_is_one_change():
    """A repeated post changes nothing."""
    story = Story()
    story.do(moves.set_next_action, action=Action.CALL_PATIENT)

    assert story.do(moves.set_next_action, action=Action.CALL_PATIENT) == []


def test_moving_the_due_date_moves_the_task_too():
    """Otherwise the next plan would put the old day back."""
    story = Story()
    a_call_task(story, due=THURSDAY)

    story.do(moves.set_due, due=NEXT_WEEK, why="patient is travelling")

    assert (story.episode.due, story.episode.tasks[0].due, story.episode.pinned) == (NEXT_WEEK, NEXT_WEEK, True)


def test_a_due_date_that_is_set_already_is_no_change():
    """A form sent unchanged records nothing."""
    story = Story()

    assert story.do(moves.set_due, due=story.episode.due) == []


def test_a_due_date_cannot_be_set_in_the_past():
    """Nobody can do something yesterday."""
    with pytest.raises(ImpossibleMoment, match=r"^2026-03-09 is past\. Choose today or a later day\.$"):
        Story().do(moves.set_due, due=date(2026, 3, 9))


def test_the_past_is_the_clinics_past():
    """At 9 p.m. in Chicago it is tomorrow in Greenwich; today is still allowed."""
    story = Story()
    story.later(hours=11)  # 2026-03-11 02:00 UTC

    assert kinds(story.do(moves.set_due, due=date(2026, 3, 10))) == ["due_set"]


def test_handing_over_records_who_and_why():
    """A patient without an owner is the thing we are here to prevent."""
    story = Story()

    events = story.do(moves.set_owner, owner_role=OwnerRole.CLINICIAN, owner="lee", why="asked for it")

    assert changes_of(events) == [ev.OwnerSet(owner_role=OwnerRole.CLINICIAN, owner="lee", why="asked for it")]
    assert story.do(moves.set_owner, owner_role=OwnerRole.CLINICIAN, owner="lee") == []


def test_an_escalation_stays_the_next_action_when_tasks_come():
    """Accepting routine steps must not push what is urgent out of sight."""
    story = Story()
    story.do(moves.escalate, reason=EscalationReason.WORSENING_SYMPTOMS)
    a_call_task(story, due=date(2026, 3, 10))

    assert (story.episode.next_action, story.episode.status) == (Action.ESCALATE_TO_CLINICIAN, Status.ESCALATED)
