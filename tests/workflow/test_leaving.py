"""The last look before an approved text leaves: what voids the approval, and what puts it off."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.builders import NOW, REFERRAL, Story
from workflow import moves
from workflow.contact import ContactFacts, DoNotContact
from workflow.leaving import Approval, Later, Void, may_leave
from workflow.vocabulary import Channel, ClosureReason, EscalationReason, Outcome, OwnerRole

APPROVED = Approval(
    at=NOW, by="Dana Whitfield", by_active=True, stands=True, newest=True, intact=True, current=True, episode=Story().episode
)
SOON = NOW + timedelta(minutes=2)


def look(story: Story | None = None, approval: Approval = APPROVED, *, channel=Channel.SMS, at=SOON, facts: ContactFacts | None = None):
    story = story or Story()
    approval = replace(approval, since=tuple(event for event in story.events if event.seq > approval.episode.version))
    return may_leave(approval, story.episode, story.lane, facts or ContactFacts(), channel=channel, at=at)


def test_what_a_person_approved_leaves():
    assert look() is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"stands": False}, "taken back"),
        ({"by_active": False}, "Dana Whitfield’s account"),
        ({"newest": False}, "changed after the approval"),
        ({"intact": False}, "not those that were approved"),
        ({"current": False}, "another one now"),
        ({"at": SOON - timedelta(hours=25)}, "within a day"),
    ],
)
def test_an_approval_that_no_longer_holds_is_void(changed, said):
    assert said in look(approval=replace(APPROVED, **changed)).why


def closed(story: Story) -> None:
    story.do(moves.close, reason=ClosureReason.CARE_COMPLETED)


def reopened(story: Story) -> None:
    closed(story)
    story.do(moves.reopen, text="she called")


@pytest.mark.parametrize(
    ("move", "said"),
    [
        (closed, "was closed"),
        (reopened, "was reopened"),
        (lambda story: story.do(moves.escalate, reason=EscalationReason.PATIENT_DISTRESS), "was escalated"),
        (lambda story: story.do(moves.set_owner, owner_role=OwnerRole.CLINICIAN), "went over to clinician"),
        (lambda story: story.do(moves.log_outreach, channel=Channel.CALL, outcome=Outcome.REACHED), "in touch"),
    ],
)
def test_what_changed_the_situation_voids_the_approval(move, said):
    """R13: reassigned, closed, reopened: a person looks again."""
    story = Story().later(minutes=1)
    move(story)

    assert said in look(story).why


def test_what_was_so_before_the_approval_voids_nothing():
    story = Story(now=NOW - timedelta(days=2))
    reopened(story)
    story.do(moves.log_outreach, channel=Channel.EMAIL, outcome=Outcome.REPLIED)

    assert look(story, replace(APPROVED, episode=story.episode)) is None


def test_what_happened_in_the_very_moment_of_the_approval_and_after_it_voids_it():
    """It is the order of the record that counts, not the clock: two requests may carry one moment."""
    story = Story()
    reopened(story)
    then = replace(APPROVED, at=story.now, episode=story.episode)
    assert look(story, then) is None

    reopened(story)
    assert "was reopened" in look(story, then).why


def test_what_was_taken_back_since_voids_nothing():
    """Closed by mistake and undone, reached by mistake and undone: nothing changed."""
    story = Story().later(minutes=1)
    story.undo(story.do(moves.close, reason=ClosureReason.CARE_COMPLETED))
    story.undo(story.do(moves.log_outreach, channel=Channel.CALL, outcome=Outcome.REACHED))

    assert look(story) is None


def test_a_patient_who_asked_not_to_be_contacted_is_not():
    asked = ContactFacts(do_not_contact=(DoNotContact(channel=Channel.SMS, reason="no texts", since=NOW, by="Dana"),))

    assert look(facts=asked) == Void("Asked not to be contacted by SMS (since 10 Mar 2026).")
    assert look(facts=asked, channel=Channel.EMAIL) is None


def test_quiet_hours_put_it_off_to_their_end():
    """An SMS rings; an e-mail waits until the patient looks."""
    night = datetime(2026, 3, 11, 4, 0, tzinfo=UTC)  # 23:00 in Chicago
    late = replace(APPROVED, at=night - timedelta(minutes=2))

    found = look(approval=late, at=night)
    assert isinstance(found, Later)
    assert found.until == datetime(2026, 3, 11, 13, 0, tzinfo=UTC)
    assert "Quiet hours until 8:00" in found.why
    assert look(approval=late, at=night, channel=Channel.EMAIL) is None


def test_what_would_leave_a_day_late_does_not_leave():
    """All tries of the week are used: by the time there is room again, the words are old."""
    story = Story(now=NOW - timedelta(days=1))
    story.do(moves.log_outreach, channel=Channel.CALL, outcome=Outcome.NO_ANSWER, count=REFERRAL.contact.tries_per_week)
    approval = replace(APPROVED, episode=story.episode)

    found = look(story, approval)
    assert isinstance(found, Void)
    assert "approve it again then" in found.why
