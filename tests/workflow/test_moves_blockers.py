"""Blockers and statuses: whose move it is."""

from datetime import date

import pytest

from tests.builders import Story, a_call_task, a_lane, changes_of, kinds
from workflow import events as ev
from workflow import moves
from workflow.refusals import NotOpen, Refusal
from workflow.vocabulary import BlockerCategory, Channel, EscalationReason, Outcome, Status

B = BlockerCategory


@pytest.mark.parametrize(
    ("category", "status", "due"),
    [
        (B.AUTHORIZATION, Status.WAITING_ON_DOCUMENTS, date(2026, 3, 13)),
        (B.TRANSPORT, Status.NEEDS_OUTREACH, date(2026, 3, 12)),
        (B.SCHEDULING_CAPACITY, Status.WAITING_ON_PROVIDER, date(2026, 3, 17)),
        (B.OTHER, Status.NEW, date(2026, 3, 12)),
    ],
)
def test_a_blocker_says_whose_move_it_is_and_when_to_touch(category, status, due):
    """The lane's table, read aloud: this blocker, that status, so many business days."""
    story = Story()
    story.do(moves.set_blocker, category=category, detail="told by phone")

    assert (story.episode.status, story.episode.due, story.episode.blocked_by) == (status, due, (category,))


def test_a_blocker_that_is_set_already_is_no_change():
    """Two notes may tell the same obstacle."""
    story = Story()
    story.do(moves.set_blocker, category=B.TRANSPORT)

    assert story.do(moves.set_blocker, category=B.TRANSPORT) == []


def test_a_blocker_does_not_move_a_planned_step():
    """A task with a day keeps its day."""
    story = Story()
    a_call_task(story, due=date(2026, 3, 11))

    story.do(moves.set_blocker, category=B.SCHEDULING_CAPACITY)

    assert story.episode.due == date(2026, 3, 11)


def test_of_several_blockers_the_most_urgent_sets_the_pace():
    """Waiting five days for a slot is wrong while the interpreter can be asked in two."""
    story = Story()
    story.do(moves.set_blocker, category=B.SCHEDULING_CAPACITY)
    story.do(moves.set_blocker, category=B.LANGUAGE)

    assert story.episode.due == date(2026, 3, 12)


def test_clearing_the_blocker_makes_it_our_move_again():
    """“Waiting on documents” must not stay when the documents are there."""
    story = Story()
    story.do(moves.set_blocker, category=B.AUTHORIZATION)

    events = story.do(moves.clear_blocker, category=B.AUTHORIZATION, why="approved")

    assert changes_of(events)[:2] == [
        ev.BlockerCleared(category=B.AUTHORIZATION, why="approved"),
        ev.StatusSet(status=Status.NEEDS_OUTREACH, why="no longer blocked: authorization"),
    ]


def test_another_blocker_of_the_same_status_keeps_it():
    """One of two missing papers has come: still waiting."""
    story = Story()
    story.do(moves.set_blocker, category=B.AUTHORIZATION)
    story.do(moves.set_blocker, category=B.MISSING_DOCUMENTATION)
    story.do(moves.clear_blocker, category=B.AUTHORIZATION)

    assert story.episode.status is Status.WAITING_ON_DOCUMENTS


def test_a_status_that_a_person_set_is_not_undone_by_clearing():
    """The status no longer stood for the blocker, so clearing it says nothing about the status."""
    story = Story()
    story.do(moves.set_blocker, category=B.AUTHORIZATION)
    story.do(moves.set_status, status=Status.WAITING_ON_PATIENT)
    story.do(moves.clear_blocker, category=B.AUTHORIZATION)

    assert story.episode.status is Status.WAITING_ON_PATIENT


def test_a_blocker_that_is_not_set_cannot_be_cleared():
    """The sentence names it, for the person whose page was old."""
    with pytest.raises(NotOpen, match=r"^Transport is not a blocker of this episode\.$"):
        Story().do(moves.clear_blocker, category=B.TRANSPORT)


@pytest.mark.parametrize("status", [Status.SCHEDULED, Status.ESCALATED])
def test_a_settled_status_is_not_changed_by_a_blocker(status):
    """Scheduled or escalated says more than a blocker does."""
    story = Story()
    if status is Status.ESCALATED:
        story.do(moves.escalate, reason=EscalationReason.SAFETY_CONCERN)
    else:
        story.do(moves.set_status, status=status)
    story.do(moves.set_blocker, category=B.AUTHORIZATION)

    assert story.episode.status is status


def test_a_lane_may_say_nothing_about_a_blocker():
    """An empty table changes no status."""
    story = Story(a_lane(status_when_blocked={}))
    story.do(moves.set_blocker, category=B.OTHER)

    assert story.episode.status is Status.NEW


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (Status.CLOSED, "Close the episode with a reason instead."),
        (Status.ESCALATED, "Escalate the episode with a reason instead."),
    ],
)
def test_closing_and_escalating_are_moves_of_their_own(status, sentence):
    """Both want a reason, so neither is a mere status."""
    with pytest.raises(Refusal) as refused:
        Story().do(moves.set_status, status=status)

    assert str(refused.value) == sentence


def test_setting_a_status_sets_the_next_touch():
    """The cadence belongs to the status."""
    story = Story()

    events = story.do(moves.set_status, status=Status.WAITING_ON_PROVIDER, why="fax sent")

    assert changes_of(events)[0] == ev.StatusSet(status=Status.WAITING_ON_PROVIDER, why="fax sent")
    assert story.episode.due == date(2026, 3, 17)
    assert story.do(moves.set_status, status=Status.WAITING_ON_PROVIDER) == []


def test_setting_a_status_ends_an_escalation():
    """Whoever says whose move it is now has looked at it."""
    story = Story()
    story.do(moves.escalate, reason=EscalationReason.SAFETY_CONCERN)

    assert kinds(story.do(moves.set_status, status=Status.NEEDS_OUTREACH))[:2] == ["escalation_ended", "status_set"]
    assert story.episode.escalation is None


def test_contact_lifts_the_unreachable_blocker_by_itself():
    """A patient who answered is reachable; nobody should have to say so twice."""
    story = Story()
    story.do(moves.set_blocker, category=B.PATIENT_UNREACHABLE)

    story.do(moves.log_outreach, channel=Channel.CALL, outcome=Outcome.REACHED)

    assert story.episode.blocked_by == ()


def test_time_in_a_status_counts_from_when_it_was_taken_up():
    """Ageing reports measure from the change, not from the last time somebody confirmed it."""
    story = Story()
    story.do(moves.set_blocker, category=B.AUTHORIZATION)
    since = story.episode.status_since
    story.later(days=1).do(moves.set_blocker, category=B.ELIGIBILITY)

    assert story.episode.status_since == since
