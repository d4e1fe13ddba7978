"""What a person is told before closing: everything that is open, and what becomes of it."""

import pytest

from tests.builders import Story, a_call_task, a_failed_call, a_lane
from workflow import moves, owning
from workflow.closing import open_items, tries_so_far
from workflow.people import People
from workflow.vocabulary import BlockerCategory, ClosureReason, EscalationReason, Outcome, OwnerRole, Status


def test_nothing_open_is_nothing_to_tell():
    """A fresh episode closes without a list."""
    assert open_items(Story().episode) == ()


def test_everything_open_is_listed_with_what_closing_does_to_it():
    """Tasks, blockers, the escalation, an offer by the person's name, and what waits in Review."""
    story = Story()
    a_call_task(story)
    story.do(moves.set_blocker, category=BlockerCategory.TRANSPORT)
    story.do(moves.escalate, reason=EscalationReason.SAFETY_CONCERN)
    story.do(owning.hand_over, owner_role=OwnerRole.NURSE_REVIEWER, owner="dana", note="knows the family")

    found = {item.what: item.then for item in open_items(story.episode, pending=2, people=People(names={"dana": "Dana Whitfield"}))}
    assert found == {
        "Task: call patient, due Thu 12 Mar": "is cancelled",
        "Blocker: transport": "is cleared",
        "Escalation to the nurse reviewer: safety concern": "ends unanswered",
        "Offered to Dana Whitfield": "is withdrawn",
        "2 suggestions to decide": "stay in Review, only to be rejected while the episode is closed",
    }


def test_closing_does_what_the_list_says():
    """Every task, blocker and escalation of the list is gone afterwards."""
    story = Story()
    a_call_task(story)
    story.do(moves.set_blocker, category=BlockerCategory.TRANSPORT)
    story.do(moves.escalate, reason=EscalationReason.SAFETY_CONCERN)
    story.do(moves.close, reason=ClosureReason.CARE_COMPLETED)

    assert open_items(story.episode) == ()


def test_a_booked_visit_is_not_cancelled_by_closing():
    """Somebody has to look."""
    story = Story()
    story.do(moves.set_status, status=Status.SCHEDULED)

    assert [item.then for item in open_items(story.episode)] == ["stays booked: closing cancels no appointment"]


@pytest.mark.parametrize(
    ("failed", "said"),
    [
        (0, "no failed tries so far; the lane’s number, 3, is not reached."),
        (1, "1 failed try so far; the lane’s number, 3, is not reached."),
        (3, "3 failed tries so far; the lane’s number, 3, is reached."),
    ],
)
def test_unable_to_reach_rests_on_the_tries(failed, said):
    """How many, and whether the lane's number was reached."""
    story = Story()
    if failed:
        a_failed_call(story, count=failed)

    assert tries_so_far(story.episode, story.lane) == said


def test_tries_count_from_the_last_contact_and_a_lane_may_name_no_number():
    """Contact starts the count anew."""
    story = Story(a_lane(escalation={"after_failed_attempts": None}))
    a_failed_call(story, outcome=Outcome.REACHED)
    a_failed_call(story.later(hours=1), count=2)

    assert tries_so_far(story.episode, story.lane) == "2 failed tries since the patient was last in touch; the lane names no number."


def test_tries_of_before_closing_are_not_told_as_this_run():
    """Reopened after contact and two tries: none since."""
    story = Story()
    a_failed_call(story, outcome=Outcome.REACHED)
    a_failed_call(story.later(hours=1), count=2)
    story.do(moves.close, reason=ClosureReason.UNABLE_TO_REACH)
    story.later(days=1).do(moves.reopen, text="patient called back")

    assert tries_so_far(story.episode, story.lane) == "no failed tries since it was reopened; the lane’s number, 3, is not reached."
