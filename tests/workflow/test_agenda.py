"""The agenda: who is talked about, in which section, and why in words."""

from datetime import date, timedelta

import pytest

from tests.builders import LANES, MARIA, NOW, Story, a_call_task, a_failed_call
from workflow import moves
from workflow.agenda import Agenda, Case, Section, agenda
from workflow.course import course
from workflow.vocabulary import Action, BlockerCategory, ClosureReason, EscalationReason, OwnerRole, Status

TRANSPORT = BlockerCategory.TRANSPORT


def of(*stories: Story, today: date | None = None, most: int = 12) -> Agenda:
    """The agenda over these stories, numbered from 1, as of the last moment of the first."""
    cases = [Case(number, story.episode, course(story.events)) for number, story in enumerate(stories, 1)]
    return agenda(cases, LANES, today or stories[0].lane.calendar.local_day(stories[0].now), most)


def told(found: Agenda) -> dict[str, list[str]]:
    """The reasons by section."""
    return {part.section.value: [item.reason for item in part.items] for part in found.parts}


def kept_up(story: Story, until: int) -> Story:
    """Contact every day, so that no due date is missed."""
    for _ in range(until):
        story.later(days=1).do(moves.set_due, due=story.lane.calendar.local_day(story.now) + timedelta(days=3))
    return story


def test_an_episode_that_was_reopened_is_as_old_as_its_reopening():
    """The months in which it was closed are not age."""
    story = Story()
    story.do(moves.close, reason=ClosureReason.UNABLE_TO_REACH)
    story.later(days=60).do(moves.reopen, text="She called back.")

    assert "oldest_open" not in told(of(kept_up(story, 5)))


def escalated(days: int) -> Story:
    story = Story()
    story.do(moves.escalate, reason=EscalationReason.PATIENT_DISTRESS)
    return story.later(days=days)


def scheduled() -> Story:
    story = Story()
    story.do(moves.set_status, status=Status.SCHEDULED)
    return story


def test_an_episode_that_goes_well_is_not_talked_about():
    """New today, due in two days."""
    assert of(Story()) == Agenda()


def test_an_escalated_one_says_to_whom_since_when_and_why():
    """The due date of the same day is missed with it, and is mentioned."""
    found = of(escalated(days=9))

    assert told(found) == {"escalated": ["escalated to nurse reviewer for 9 days: patient distress"]}
    assert found.parts[0].items[0].mentions == ("9 days overdue",)
    assert told(of(escalated(days=0))) == {"escalated": ["escalated to nurse reviewer today: patient distress"]}


def test_overdue_ones_come_by_how_often_a_due_date_was_missed_then_by_how_late():
    """Once and four days late; twice and one day late; once and one day late."""
    often = Story()
    a_failed_call(often.later(days=3))
    late, later = Story(now=NOW + timedelta(days=3)), Story()
    today = often.episode.due + timedelta(days=1)

    found = of(late, often, later, today=today)

    assert told(found)["missed_due_dates"] == [
        "1 day overdue, missed 2 due dates in four weeks",
        "6 days overdue",
        "1 day overdue",
    ]
    assert [item.episode_id for item in found.parts[0].items] == [2, 3, 1]


def test_somebody_whose_dates_are_missed_and_moved_again_and_again_comes_up_too():
    """Moved forward before the meeting, nothing is overdue; that is what the meeting should see."""
    story = Story()
    for _ in range(3):
        a_failed_call(story.later(days=5))

    assert "missed 3 due dates in four weeks" in [*told(of(story)).get("missed_due_dates", []), *of(story).parts[0].items[0].mentions]


def test_a_repeated_blocker_is_counted_in_words():
    """Cleared and set again twice."""
    story = Story()
    for _ in range(2):
        story.do(moves.set_blocker, category=TRANSPORT)
        story.do(moves.clear_blocker, category=TRANSPORT)
    story.do(moves.set_blocker, category=TRANSPORT)

    assert told(of(story)) == {"repeated_blockers": ["third time blocked by transport"]}


def test_a_blocker_comes_up_after_a_week():
    """Before that it is the owner's day's work."""
    story = Story()
    story.do(moves.set_blocker, category=BlockerCategory.AUTHORIZATION)

    assert told(of(kept_up(story, 6))) == {}
    assert told(of(kept_up(story, 1))) == {"blocked": ["blocked by authorization for 7 days"]}


def test_the_oldest_come_first_among_the_old():
    """Open for a month or more."""
    older, old, young = (kept_up(Story(now=NOW - timedelta(days=days)), days) for days in (40, 31, 29))

    assert told(of(old, older, young)) == {"oldest_open": ["open for 40 days", "open for 31 days"]}


def test_near_closure_is_scheduled_with_nothing_in_the_way():
    """A task that is not a last step, or a blocker, is in the way."""
    busy, blocked, closing = scheduled(), scheduled(), Story()
    busy.do(moves.add_task, action=Action.REQUEST_DOCUMENT, owner_role=OwnerRole.CARE_COORDINATOR)
    blocked.do(moves.set_blocker, category=TRANSPORT)
    closing.do(moves.add_task, action=Action.REVIEW_FOR_CLOSURE, owner_role=OwnerRole.CARE_COORDINATOR)

    assert told(of(scheduled(), busy, blocked, closing)) == {
        "near_closure": ["nothing blocks it, next is review for closure", "scheduled, nothing blocks it, next is confirm appointment"]
    }


def test_a_patient_stands_once_with_the_other_reasons_beside_it():
    """Escalated, overdue, blocked and old at once: the most urgent section has it."""
    story = Story()
    story.do(moves.set_blocker, category=TRANSPORT)
    story.later(days=30).do(moves.escalate, reason=EscalationReason.SAFETY_CONCERN)

    found = of(story)

    assert [part.section for part in found.parts] == [Section.ESCALATED]
    assert found.parts[0].items[0].mentions == ("blocked by transport for 30 days", "open for 30 days")


@pytest.mark.parametrize(("patients", "listed", "more"), [(3, 3, 0), (5, 3, 2)])
def test_a_long_section_is_cut_and_says_how_many_more(patients: int, listed: int, more: int):
    """A meeting does not get through fifty."""
    found = of(*(escalated(days=4) for _ in range(patients)), most=3)

    assert (len(found.parts[0].items), found.parts[0].more) == (listed, more)


def test_an_agenda_is_kept_as_it_was():
    """A meeting stores it as JSON."""
    found = of(escalated(days=9), scheduled())

    assert Agenda.model_validate(found.model_dump(mode="json")) == found
    assert set(found.episode_ids) == {1, 2}


def test_the_actor_does_not_matter():
    """An escalation by rule is talked about like one by a person."""
    story = Story()
    a_call_task(story)
    for _ in range(3):
        a_failed_call(story.later(days=1), actor=MARIA)

    assert told(of(story))["escalated"] == ["escalated to nurse reviewer today: repeated failed outreach"]
