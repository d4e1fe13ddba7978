"""A month in numbers: what counts, over how many, and whom to look at."""

from datetime import UTC, date, datetime

import pytest

from tests.builders import LANES, Story, a_failed_call
from workflow import moves
from workflow.course import course
from workflow.monthly import Case, Figure, Month, admin, care, operations
from workflow.vocabulary import BlockerCategory, ClosureReason, EscalationReason

FEBRUARY = Month(date(2026, 2, 1))
NOW = datetime(2026, 3, 10, 15, tzinfo=UTC)


def at(day: int, month: int = 2) -> datetime:
    return datetime(2026, month, day, 15, tzinfo=UTC)


def cases(*stories: Story) -> list[Case]:
    return [Case(number, story.episode.lane, course(story.events)) for number, story in enumerate(stories, 1)]


def by_key(figures: list[Figure]) -> dict[str, Figure]:
    return {figure.key: figure for figure in figures}


def closed(on: datetime, reason: ClosureReason, since: datetime) -> Story:
    story = Story(now=since)
    story.now = on
    story.do(moves.close, reason=reason)
    return story


def test_care_counts_what_began_and_how_it_ended_in_the_month():
    """One of three closings lies in March."""
    figures = by_key(
        care(
            cases(
                closed(at(20), ClosureReason.CARE_COMPLETED, at(2)),
                closed(at(27), ClosureReason.UNABLE_TO_REACH, at(10, 1)),
                closed(at(3, 3), ClosureReason.CARE_COMPLETED, at(20)),
            ),
            LANES,
            FEBRUARY,
        )
    )

    assert figures["opened"].episodes == (1, 3)
    assert (figures["closed"].value, figures["closed"].episodes) == (2, (1, 2))
    assert (figures["completed"].value, figures["completed"].n, figures["completed"].episodes) == (0.5, 2, (2,))
    assert figures["unreached"].episodes == (2,)
    assert (figures["days_to_close"].value, figures["days_to_close"].episodes) == (33, (2, 1))


def test_an_escalation_is_told_by_who_raised_it():
    """A person once; the rules after the third failed try."""
    by_person, by_rule = Story(now=at(3)), Story(now=at(3))
    by_person.do(moves.escalate, reason=EscalationReason.SAFETY_CONCERN)
    for _ in range(3):
        a_failed_call(by_rule.later(hours=1))

    figures = by_key(care(cases(by_person, by_rule), LANES, FEBRUARY))

    assert (figures["raised_by_person"].episodes, figures["raised_by_rule"].episodes) == ((1,), (2,))


def test_operations_see_the_queue_as_it_stood_when_the_month_ended():
    """Due on 5 February and left alone; opened on the last day; closed before; opened after."""
    left, fresh, gone, later = (
        Story(now=at(3)),
        Story(now=at(27)),
        closed(at(20), ClosureReason.NO_LONGER_NEEDED, at(19)),
        Story(now=at(1, 3)),
    )
    figures = by_key(operations(cases(left, fresh, gone, later), LANES, FEBRUARY, NOW))

    assert figures["active"].episodes == (1, 2)
    assert (figures["age"].value, figures["age"].episodes) == (13, (1, 2))
    assert (figures["overdue"].value, figures["overdue"].n, figures["overdue"].episodes) == (0.5, 2, (1,))
    assert (figures["kept"].n, figures["kept"].value, figures["kept"].episodes) == (2, 0.5, (1,))  # closing in time keeps the date


def test_a_due_date_counts_in_the_month_in_which_it_falls():
    """Worked in time, and only judged once its day is over."""
    kept = Story(now=at(3))
    a_failed_call(kept.later(days=1))
    figures = by_key(operations(cases(kept), LANES, FEBRUARY, kept.now))

    assert (figures["kept"].value, figures["kept"].n) == (1, 1)


def test_a_month_that_has_not_begun_has_no_queue():
    """None is not nought."""
    figures = by_key(operations(cases(Story(now=at(3))), LANES, FEBRUARY, at(20, 1)))

    assert (figures["active"].value, figures["age"].value, figures["overdue"].value, figures["kept"].value) == (0, None, None, None)


def test_administration_sees_its_own_blockers():
    """Set in February and cleared; set in January and standing; one that is not theirs."""
    set_then_cleared, standing, other = Story(now=at(2)), Story(now=at(5, 1)), Story(now=at(2))
    set_then_cleared.do(moves.set_blocker, category=BlockerCategory.AUTHORIZATION)
    set_then_cleared.later(days=3).do(moves.clear_blocker, category=BlockerCategory.AUTHORIZATION)
    standing.do(moves.set_blocker, category=BlockerCategory.AUTHORIZATION)
    other.do(moves.set_blocker, category=BlockerCategory.TRANSPORT)

    figures = by_key(admin(cases(set_then_cleared, standing, other), LANES, FEBRUARY, NOW))

    assert figures["authorization_set"].episodes == (1,)
    assert figures["authorization_standing"].episodes == (2,)
    assert figures["authorization_days"].value == 54
    assert "transport_set" not in figures


@pytest.mark.parametrize(
    ("day", "month", "before", "after"),
    [(date(2026, 1, 31), "2026-01", "2025-12", "2026-02"), (date(2028, 2, 29), "2028-02", "2028-01", "2028-03")],
)
def test_months_follow_one_another(day: date, month: str, before: str, after: str):
    """Over the year's end and in a leap year."""
    of = Month.of(day)

    assert (str(of), str(of.before), str(of.after)) == (month, before, after)
    assert day in of
    assert of.last == day
