"""The course of an episode agrees with its state at every moment, and says what was missed and how often."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import REFERRAL, TODAY, Story, a_call_task, a_failed_call
from workflow import moves
from workflow.course import course
from workflow.episode import fold
from workflow.refusals import Refusal
from workflow.vocabulary import BlockerCategory, ClosureReason, EscalationReason, Status

ALWAYS = date(2000, 1, 1)
TRANSPORT, ELIGIBILITY = BlockerCategory.TRANSPORT, BlockerCategory.ELIGIBILITY


def missed(story: Story, today: date, since: date = ALWAYS) -> int:
    return course(story.events).missed(REFERRAL.calendar, today, since)


def test_a_due_date_that_passes_is_missed_and_one_that_is_worked_is_kept():
    """Due two business days after opening, on Thursday."""
    story = Story()

    assert story.episode.due == date(2026, 3, 12)
    assert missed(story, date(2026, 3, 12)) == 0
    assert missed(story, date(2026, 3, 13)) == 1

    a_failed_call(story.later(days=2))
    assert missed(story, date(2026, 3, 13)) == 0


def test_a_day_that_was_set_and_set_again_by_one_move_is_not_counted():
    """The third failed try sets the next touch, and the escalation it raises sets it once more."""
    story = Story()
    for _ in range(3):
        a_failed_call(story.later(days=1))

    dues = course(story.events).dues

    assert len(dues) == 4
    assert all(span.until is None or span.since < span.until for span in dues)
    assert dues[-1].due == story.episode.due


def test_each_missed_due_date_counts_once_and_old_ones_are_forgotten():
    """Two calls, each a day too late."""
    story = Story()
    a_failed_call(story.later(days=3))
    a_failed_call(story.later(days=5))

    assert missed(story, story.episode.due) == 2
    assert missed(story, story.episode.due, since=date(2026, 3, 16)) == 1


def test_a_due_date_that_was_past_when_it_was_set_is_nobodys_miss():
    """A task accepted late from an old note."""
    story = Story()
    a_call_task(story, due=TODAY - timedelta(days=9))

    assert missed(story, TODAY + timedelta(days=2)) == 0


def test_what_was_taken_back_never_happened():
    """Neither the blocker nor its second time."""
    story = Story()
    story.undo(story.do(moves.set_blocker, category=TRANSPORT))
    story.do(moves.set_blocker, category=TRANSPORT)

    assert course(story.events).times_blocked(TRANSPORT) == 1


def test_reopening_begins_the_count_anew():
    """What happened before it was closed is another story."""
    story = Story()
    story.do(moves.set_blocker, category=TRANSPORT)
    story.later(days=9).do(moves.close, reason=ClosureReason.NO_LONGER_NEEDED)
    story.later(days=1).do(moves.reopen, text="called back")
    story.do(moves.set_blocker, category=TRANSPORT)

    came = course(story.events)
    assert came.times_blocked(TRANSPORT) == 1
    assert came.missed(REFERRAL.calendar, story.episode.due, ALWAYS) == 0
    assert [span.reason for span in came.opened] == [ClosureReason.NO_LONGER_NEEDED, None]


ACTS = st.sampled_from(["set", "clear", "call", "task", "raise", "calm", "close", "reopen", "undo"])


@given(acts=st.lists(st.tuples(ACTS, st.integers(1, 4)), max_size=14))
@settings(max_examples=80, deadline=None)
def test_the_course_agrees_with_the_state_after_whatever_happens(acts):
    """What is open in the course now is what stands in the episode now."""
    story = Story()
    batch = []
    for act, days in acts:
        story.later(days=days)
        try:
            if act == "undo":
                story.undo(batch)
                batch = []
            elif act in {"set", "clear"}:
                batch = story.do(moves.set_blocker if act == "set" else moves.clear_blocker, category=ELIGIBILITY)
            elif act == "call":
                batch = a_failed_call(story)
            elif act == "task":
                batch = a_call_task(story)
            elif act == "raise":
                batch = story.do(moves.escalate, reason=EscalationReason.TIME_CRITICAL)
            elif act == "calm":
                batch = story.do(moves.set_status, status=Status.NEEDS_OUTREACH)
            elif act == "close":
                batch = story.do(moves.close, reason=ClosureReason.CARE_COMPLETED)
            else:
                batch = story.do(moves.reopen, text="again")
        except Refusal:
            continue
    came, episode = course(story.events), fold(story.events)
    assert [span.due for span in came.dues if span.until is None] == ([episode.due] if episode.is_open else [])
    assert [span.category for span in came.blocked if span.until is None] == list(episode.blocked_by)
    assert bool([span for span in came.raised if span.until is None]) == (episode.escalation is not None)
    assert bool([span for span in came.opened if span.until is None]) == episode.is_open
