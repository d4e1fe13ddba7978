"""What a draft is for, and when that is gone."""

from datetime import timedelta

import pytest

from tests.builders import NOW, Story, a_call_task, a_failed_call
from workflow import moves
from workflow.contact import ContactFacts, DoNotContact
from workflow.draft_causes import cause_of, gone, task_of
from workflow.drafting import Wanted
from workflow.vocabulary import Action, Channel, ClosureReason, DraftForm, Outcome


def why(story: Story, cause: str = "task-1", form: DraftForm = DraftForm.SMS, *asked: Channel | None) -> str:
    wishes = tuple(DoNotContact(channel=channel, reason="asked", since=NOW, by="Maria") for channel in asked)
    return gone(cause, form, story.episode, ContactFacts(do_not_contact=wishes), since=NOW)


@pytest.fixture
def story() -> Story:
    story = Story()
    a_call_task(story)
    return story.later(hours=1)


def test_a_task_and_a_touch_are_causes_of_their_own() -> None:
    given = {"purpose": Action.CALL_PATIENT, "form": DraftForm.SMS, "language": "en", "due": NOW.date(), "why": ""}

    assert cause_of(Wanted(task=3, **given)) == "task-3"
    assert cause_of(Wanted(task=None, **given)) == "touch-2026-03-10"
    assert [task_of(cause) for cause in ("task-3", "touch-2026-03-10", "asked")] == [3, None, None]


def test_an_open_task_holds_its_draft_also_after_a_failed_try(story: Story) -> None:
    a_failed_call(story)

    assert [why(story, cause) for cause in ("task-1", "touch-2026-03-10", "asked")] == ["", "", ""]


def test_a_task_that_is_done_does_not(story: Story) -> None:
    story.do(moves.complete_task, task=1)

    assert why(story) == "its task is no longer open"
    assert why(story, "asked") == ""


def test_whoever_was_in_touch_since_needs_another_message(story: Story) -> None:
    story.do(moves.log_outreach, channel=Channel.CALL, outcome=Outcome.REACHED)

    assert why(story) == why(story, "asked") == "the patient was in touch"


def test_whoever_was_in_touch_before_may_still_need_this_one(story: Story) -> None:
    story.do(moves.log_outreach, channel=Channel.CALL, outcome=Outcome.REACHED, happened_at=NOW - timedelta(minutes=1))

    assert why(story) == ""


@pytest.mark.parametrize(("asked", "expected"), [(Channel.SMS, True), (None, True), (Channel.LETTER, False)])
def test_what_the_patient_asked_counts_for_its_channel(story: Story, asked: Channel | None, expected: bool) -> None:
    assert (why(story, "asked", DraftForm.SMS, asked) != "") is expected


def test_a_closed_episode_holds_none(story: Story) -> None:
    story.do(moves.close, reason=ClosureReason.CARE_COMPLETED, text="")

    assert why(story) == why(story, "asked") == "the episode was closed"
