"""Undo: as if it had not happened, and still in the log."""

from datetime import date

import pytest

from tests.builders import REFERRAL, Story, a_call_task, a_failed_call, kinds
from workflow import events as ev
from workflow import moves, undoing
from workflow.refusals import CannotUndo
from workflow.vocabulary import Action, BlockerCategory, ClosureReason, EscalationReason, Outcome, OwnerRole, Status

THURSDAY, FRIDAY = date(2026, 3, 12), date(2026, 3, 13)


def undated(story: Story) -> object:
    """The state but for its version, which an undo moves on too."""
    return story.episode.model_copy(update={"version": 0})


@pytest.mark.parametrize(
    ("move", "given"),
    [
        (moves.add_task, {"action": Action.CALL_PATIENT, "owner_role": OwnerRole.SCHEDULER, "due": FRIDAY}),
        (moves.set_blocker, {"category": BlockerCategory.AUTHORIZATION}),
        (moves.escalate, {"reason": EscalationReason.SAFETY_CONCERN}),
        (moves.close, {"reason": ClosureReason.CARE_COMPLETED}),
        (moves.set_next_action, {"action": Action.OTHER, "owner_role": OwnerRole.CLINICIAN}),
    ],
)
def test_undoing_the_last_move_restores_the_state_exactly(move, given):
    """A slip of the mouse leaves no trace in the queue."""
    story = Story()
    a_call_task(story)
    before = undated(story)

    story.undo(story.do(move, **given))

    assert undated(story) == before


def test_undo_adds_to_the_log_and_removes_nothing():
    """Who reads the history sees both the act and that it was taken back."""
    story = Story()
    events = a_call_task(story)
    length = len(story.events)

    taken = story.undo(events)

    assert len(story.events) == length + 1
    assert taken[0].change == ev.Retracted(seqs=tuple(event.seq for event in events))
    assert story.episode.version == length + 1


def test_undoing_nothing_is_no_change():
    """A rejected suggestion moved nothing, so its undo moves nothing."""
    story = Story()

    assert undoing.undo(story.events, [], story.lane, now=story.now, actor=story.events[0].actor) == []


def test_undoing_the_next_action_brings_up_the_other_task():
    """There is a next action after an undo too."""
    story = Story()
    first = a_call_task(story, due=THURSDAY)
    story.do(moves.add_task, action=Action.SCHEDULE_APPOINTMENT, owner_role=OwnerRole.SCHEDULER, due=FRIDAY)

    events = story.undo(first)

    episode = story.episode
    assert kinds(events)[0] == "retracted"
    assert (episode.next_action, episode.next_task, episode.owner_role, episode.due) == (
        Action.SCHEDULE_APPOINTMENT,
        2,
        OwnerRole.SCHEDULER,
        FRIDAY,
    )


def test_after_an_undo_the_episode_is_not_due_later_than_its_next_task():
    """Two steps for the same Wednesday: undoing the first must not put the old, later day back."""
    story = Story()
    first = a_call_task(story, due=date(2026, 3, 11))
    story.do(moves.set_next_action, action=Action.REQUEST_DOCUMENT, due=date(2026, 3, 11))

    story.undo(first)

    assert story.episode.due == date(2026, 3, 11)


def test_what_was_completed_since_cannot_be_undone():
    """The task was done; it was there."""
    story = Story()
    events = a_call_task(story)
    story.do(moves.complete_task, task=1)

    with pytest.raises(CannotUndo, match=r"^Something that came later builds on this\. Undo that first\.$"):
        story.undo(events)


def test_what_closing_ended_cannot_be_undone_behind_it():
    """Closing cancelled the task; reopen first."""
    story = Story()
    events = a_call_task(story)
    story.do(moves.close, reason=ClosureReason.CARE_COMPLETED)

    with pytest.raises(CannotUndo):
        story.undo(events)


def test_an_attempt_can_be_undone_after_closing():
    """Nothing builds on it, and the count of tries should be right."""
    story = Story()
    events = a_failed_call(story)
    story.do(moves.close, reason=ClosureReason.UNABLE_TO_REACH)

    story.undo(events)

    assert (story.episode.attempts, story.episode.is_open) == ((), False)


def test_undoing_the_third_failure_takes_its_escalation_with_it():
    """The rule's consequence belongs to the act that caused it."""
    story = Story()
    a_failed_call(story, count=2)
    events = a_failed_call(story.later(hours=1))
    assert story.episode.status is Status.ESCALATED

    story.undo(events)

    assert (story.episode.escalation, story.episode.status) == (None, Status.NEEDS_OUTREACH)
    assert "escalated" in kinds(a_failed_call(story.later(hours=1)))


def test_undo_in_the_middle_of_an_ended_escalation_is_refused():
    """It would leave the episode escalated without an escalation."""
    story = Story()
    story.do(moves.escalate, reason=EscalationReason.SAFETY_CONCERN)
    ended = story.do(moves.set_status, status=Status.NEEDS_OUTREACH)
    story.do(moves.set_status, status=Status.WAITING_ON_PATIENT)

    with pytest.raises(CannotUndo, match="Undo that first"):
        story.undo(ended)


def test_numbers_of_undone_tasks_may_be_used_again():
    """The fold passes over the undone task, so the number names one open task at a time."""
    story = Story()
    story.undo(a_call_task(story, due=FRIDAY))
    a_call_task(story, due=THURSDAY)

    assert [(task.number, task.due) for task in story.episode.tasks] == [(1, THURSDAY)]
    assert story.lane is REFERRAL


def test_undoing_an_earlier_blocker_leaves_the_status_to_the_one_that_stands():
    """Two blockers asked for one status; taking the first back must not make the episode look new."""
    story = Story()
    first = story.do(moves.set_blocker, category=BlockerCategory.AUTHORIZATION)
    story.do(moves.set_blocker, category=BlockerCategory.ELIGIBILITY)

    story.undo(first)

    assert (story.episode.status, story.episode.blocked_by) == (Status.WAITING_ON_DOCUMENTS, (BlockerCategory.ELIGIBILITY,))


def test_undoing_tries_that_had_escalated_ends_the_escalation():
    """An escalation for three failed tries does not stand on one."""
    story = Story()
    first = a_failed_call(story, count=2)
    a_failed_call(story.later(hours=1))
    assert story.episode.status is Status.ESCALATED

    story.undo(first)

    assert (story.episode.escalation, story.episode.status, story.episode.failed_attempts) == (None, Status.NEEDS_OUTREACH, 1)


def test_tries_escalate_anew_after_an_undo_had_ended_their_escalation():
    """One mistyped try taken back does not switch the rule off; an end without that word, as older logs have it, still folds."""
    story = Story()
    first = a_failed_call(story)
    for _ in range(2):
        a_failed_call(story.later(hours=1))
    story.undo(first)

    assert (story.episode.escalation, story.episode.raised) == (None, frozenset())
    assert "escalated" in kinds(a_failed_call(story.later(hours=1)))
    assert ev.CHANGE.validate_python({"kind": "escalation_ended", "why": "x"}) == ev.EscalationEnded(why="x")


def test_undoing_a_contact_that_parted_three_tries_raises_them():
    """Without "reached" three in a row failed, and nobody logs a fourth to say so."""
    story = Story()
    a_failed_call(story, count=2)
    reached = a_failed_call(story.later(hours=1), outcome=Outcome.REACHED)
    a_failed_call(story.later(hours=1))
    assert story.episode.escalation is None

    events = story.undo(reached)

    raised = story.episode.escalation
    assert raised is not None
    assert (raised.by_rule, raised.reason, story.episode.failed_attempts) == (True, EscalationReason.REPEATED_FAILED_OUTREACH, 3)
    assert kinds(events)[0] == "retracted"


def test_undoing_a_contact_does_not_raise_the_tries_that_had_been_raised():
    """Three tries were raised and looked at, then the patient was reached: without that contact it is the run that was looked at."""
    story = Story()
    a_failed_call(story, count=3)
    story.do(moves.set_status, status=Status.NEEDS_OUTREACH)
    reached = a_failed_call(story.later(hours=1), outcome=Outcome.REACHED)
    a_failed_call(story.later(hours=1))

    story.undo(reached)

    assert (story.episode.escalation, story.episode.failed_attempts) == (None, 4)


def test_a_close_cannot_be_undone_under_its_reopening():
    """The reopening said what comes next; put on an episode whose task is open again, the two would disagree."""
    story = Story()
    a_call_task(story, action=Action.SEND_INSTRUCTION)
    closed = story.do(moves.close, reason=ClosureReason.CARE_COMPLETED)
    story.do(moves.reopen, text="patient called back")

    with pytest.raises(CannotUndo, match="Undo that first"):
        story.undo(closed)
