"""A patient enters a lane, leaves it, and comes back."""

from datetime import date

import pytest

from tests.builders import MARIA, NOW, REFERRAL, Story, a_call_task, a_failed_call, a_lane, changes_of, kinds
from workflow import events as ev
from workflow import moves
from workflow.refusals import EpisodeIsClosed, EpisodeIsOpen, NotInLane, Refusal
from workflow.vocabulary import Action, BlockerCategory, ClosureReason, EscalationReason, LaneName, OwnerRole, Status


def test_an_episode_opens_in_the_first_owners_queue():
    """An open episode answers the four questions from its first moment: status, next action, owner, due."""
    events = moves.open_episode(REFERRAL, now=NOW, actor=MARIA, reason="Cardiology referral")

    assert changes_of(events) == [
        ev.EpisodeOpened(
            lane=LaneName.REFERRAL,
            reason="Cardiology referral",
            owner_role=OwnerRole.CARE_COORDINATOR,
            next_action=Action.UPDATE_REFERRAL_SOURCE,
            due=date(2026, 3, 12),
        )
    ]
    assert (events[0].seq, events[0].actor, events[0].at) == (1, MARIA, NOW)


def test_an_episode_opens_with_a_due_date_in_business_days():
    """Two business days after Thursday is Monday: nobody works the weekend."""
    story = Story(now=NOW.replace(day=12))

    assert story.episode.due == date(2026, 3, 16)


def test_closing_ends_everything_that_is_open():
    """A closed episode has nothing left that could look overdue in a report."""
    story = Story()
    a_call_task(story)
    story.do(moves.set_blocker, category=BlockerCategory.TRANSPORT)
    story.do(moves.escalate, reason=EscalationReason.SAFETY_CONCERN)

    events = story.do(moves.close, reason=ClosureReason.CARE_COMPLETED, text="seen")

    assert kinds(events) == ["task_cancelled", "blocker_cleared", "escalation_ended", "episode_closed"]
    assert [event.actor.kind for event in events] == ["rule", "rule", "rule", "person"]
    episode = story.episode
    assert (episode.status, episode.tasks, episode.blockers, episode.escalation) == (Status.CLOSED, (), (), None)
    assert episode.closure is not None
    assert (episode.closure.reason, episode.closure.text) == (ClosureReason.CARE_COMPLETED, "seen")


def test_a_lane_closes_for_its_own_reasons_only():
    """“Authorization denied” means nothing in a lane without authorizations; the refusal lists what does."""
    story = Story(a_lane(LaneName.CARE_GAP))

    with pytest.raises(NotInLane, match=r"Care-gap outreach does not close for “Authorization denied”\. It closes for: Care completed, "):
        story.do(moves.close, reason=ClosureReason.AUTHORIZATION_DENIED)


@pytest.mark.parametrize(
    ("move", "given"),
    [
        (moves.add_task, {"action": Action.CALL_PATIENT, "owner_role": OwnerRole.SCHEDULER}),
        (moves.set_blocker, {"category": BlockerCategory.TRANSPORT}),
        (moves.set_status, {"status": Status.SCHEDULED}),
        (moves.set_owner, {"owner_role": OwnerRole.SCHEDULER}),
        (moves.set_due, {"due": date(2026, 4, 1)}),
        (moves.escalate, {"reason": EscalationReason.SAFETY_CONCERN}),
        (moves.close, {"reason": ClosureReason.CARE_COMPLETED}),
        (moves.set_next_action, {"action": Action.CALL_PATIENT}),
        (moves.complete_task, {"task": 1}),
    ],
)
def test_a_closed_episode_takes_no_move(move, given):
    """Work on a closed episode is lost work; the sentence says what to do first."""
    story = Story()
    story.do(moves.close, reason=ClosureReason.CARE_COMPLETED)

    with pytest.raises(EpisodeIsClosed, match=r"^This episode is closed\. Reopen it first\.$"):
        story.do(move, **given)


def test_time_raises_nothing_on_a_closed_episode():
    """The sweep over all episodes must pass over closed ones without a refusal."""
    story = Story()
    story.do(moves.close, reason=ClosureReason.CARE_COMPLETED)

    assert story.later(days=60).do(moves.raise_by_rule) == []


def test_reopening_puts_the_episode_back_to_work():
    """Whoever reopens says why; the episode needs outreach and is due by cadence, with its history kept; tries are counted anew."""
    story = Story()
    a_failed_call(story)
    story.do(moves.close, reason=ClosureReason.UNABLE_TO_REACH)

    events = story.later(days=7).do(moves.reopen, text="  patient called back ")

    assert changes_of(events) == [
        ev.EpisodeReopened(
            text="patient called back",
            owner_role=OwnerRole.CARE_COORDINATOR,
            next_action=Action.CALL_PATIENT,
            due=date(2026, 3, 19),
        )
    ]
    episode = story.episode
    assert (episode.is_open, episode.status, len(episode.attempts), episode.failed_attempts) == (True, Status.NEEDS_OUTREACH, 1, 0)


def test_reopening_wants_a_reason():
    """The weekly review asks why; an empty field answers nothing."""
    story = Story()
    story.do(moves.close, reason=ClosureReason.CARE_COMPLETED)

    with pytest.raises(Refusal, match=r"^Say why the episode is reopened\.$"):
        story.do(moves.reopen, text=" ")


def test_an_open_episode_cannot_be_reopened():
    """Two people press Reopen; the second learns that it is done."""
    with pytest.raises(EpisodeIsOpen, match=r"^This episode is open\.$"):
        Story().do(moves.reopen, text="again")
