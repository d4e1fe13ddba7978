"""Dates: every phrase of rule 7 and of the rulings, from a Tuesday afternoon in Chicago."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.dates import find_time_phrases, fold, resolve

TUESDAY = datetime.fromisoformat("2026-03-10T15:20:00-05:00")


def day(month: int, number: int, year: int = 2026) -> date:
    return date(year, month, number)


@pytest.mark.parametrize(
    ("phrase", "due"),
    [
        ("Try again Thurs", day(3, 12)),
        ("Thursday", day(3, 12)),
        ("by Fri", day(3, 13)),
        ("Weds", day(3, 11)),
        ("Tuesday", day(3, 17)),
        ("next Tuesday", day(3, 17)),
        ("next Friday", day(3, 20)),
        ("Monday next week", day(3, 16)),
        ("on the 14th", day(3, 14)),
        ("by the 5th", day(4, 5)),
        ("the 1st of each month", day(4, 1)),
        ("this week", day(3, 13)),
        ("by end of week", day(3, 13)),
        ("EOW", day(3, 13)),
        ("next week", day(3, 16)),
        ("end of next week", day(3, 20)),
        ("in 2 weeks", day(3, 24)),
        ("in two weeks", day(3, 24)),
        ("in 48 hours", day(3, 12)),
        ("within the next 72 hours", day(3, 13)),
        ("within 10 days", day(3, 20)),
        ("in a couple of days", day(3, 12)),
        ("in the next ten minutes", day(3, 10)),
        ("in 5 business days", day(3, 17)),
        ("tomorrow", day(3, 11)),
        ("tmrw a.m.", day(3, 11)),
        ("today at 11", day(3, 10)),
        ("tonight", day(3, 10)),
        ("this afternoon", day(3, 10)),
        ("ASAP", day(3, 10)),
        ("stat", day(3, 10)),
        ("by COB", day(3, 10)),
        ("EOD", day(3, 10)),
        ("end of month", day(3, 31)),
        ("EOM", day(3, 31)),
        ("3/14", day(3, 14)),
        ("3/14/26", day(3, 14)),
        ("2026-03-14", day(3, 14)),
        ("by March 14", day(3, 14)),
        ("Mar 14th", day(3, 14)),
        ("14 March", day(3, 14)),
        ("august fourth", day(8, 4)),
    ],
)
def test_a_time_phrase_counts_from_the_notes_own_day(phrase: str, due: date) -> None:
    """Rule 7, word by word."""
    assert resolve(phrase, TUESDAY) == due


@pytest.mark.parametrize(
    ("phrase", "due"),
    [
        ("in 3 to 5 days", day(3, 15)),
        ("in 2-3 weeks", day(3, 31)),
        ("in a week or two", day(3, 24)),
        ("Wednesday or Thursday", day(3, 12)),
        ("tomorrow or Friday", day(3, 13)),
    ],
)
def test_a_window_is_due_at_its_end(phrase: str, due: date) -> None:
    """Until then nobody is late."""
    assert resolve(phrase, TUESDAY) == due


@pytest.mark.parametrize(
    ("phrase", "due"),
    [
        ("before the weekend", day(3, 13)),
        ("before Friday", day(3, 12)),
        ("before his 3/20 injection", day(3, 19)),
        ("before Dr. Goyal's 3/26 clinic", day(3, 25)),
        ("before her prep call on Oct 6", day(10, 5)),
        ("the day before the 3/20 visit", day(3, 19)),
        ("before Thanksgiving", day(11, 25)),
        ("before she goes home today", day(3, 10)),
        ("before 5 pm Friday", day(3, 13)),
    ],
)
def test_before_a_day_is_the_day_before(phrase: str, due: date) -> None:
    """Before an hour, or before somebody leaves today, is still that day."""
    assert resolve(phrase, TUESDAY) == due


@pytest.mark.parametrize(
    ("phrase", "due"),
    [
        ("mañana", day(3, 11)),
        ("hoy en la tarde", day(3, 10)),
        ("el jueves", day(3, 12)),
        ("la próxima semana", day(3, 16)),
        ("en dos semanas", day(3, 24)),
        ("el 15", day(3, 15)),
        ("fin de mes", day(3, 31)),
    ],
)
def test_simple_spanish_is_understood(phrase: str, due: date) -> None:
    """Patients and colleagues write it."""
    assert resolve(phrase, TUESDAY) == due


@pytest.mark.parametrize(
    "phrase",
    [
        "since Monday",
        "two days ago",
        "last Friday",
        "for 3 weeks",
        "x 10 days",
        "every 2 weeks",
        "on Thursdays",
        "sat on the porch",
        "may 2 help",
        "the 2nd call",
        "",
    ],
)
def test_history_duration_and_habit_are_no_due_dates(phrase: str) -> None:
    """They tell a time, but none by which a step must be done."""
    assert resolve(phrase, TUESDAY) is None


@pytest.mark.parametrize("phrase", ["2/31", "by 6/31", "on February 30", "2026-13-01", "in 999 years", "the 45th"])
def test_a_day_that_does_not_exist_is_none(phrase: str) -> None:
    """A slip of the pen must not stop the reading of a note."""
    assert resolve(phrase, TUESDAY) is None


@pytest.mark.parametrize(
    ("written", "phrase", "due"), [("2025-12-20T09:00:00-06:00", "1/5", day(1, 5)), ("2026-03-10T09:00:00-06:00", "3/2", day(3, 2))]
)
def test_a_date_gone_by_rolls_into_next_year_only_around_new_year(written: str, phrase: str, due: date) -> None:
    """ "1/5" in December is ahead; "3/2" on 10 March is history, not a plan for next spring."""
    assert resolve(phrase, datetime.fromisoformat(written)) == due


def test_the_day_is_that_of_the_notes_own_zone() -> None:
    """At 23:30 in Honolulu it is the next day in London; the note's day counts."""
    assert resolve("tomorrow", datetime.fromisoformat("2026-03-10T23:30:00-10:00")) == day(3, 11)


def test_a_phrase_knows_its_place_in_the_text() -> None:
    """The words shown to a reviewer are the note's own."""
    text = "LVM Mon. Will retry by Fri; letter in 3 to 5 days."

    assert [text[found.start : found.end] for found in find_time_phrases(text)] == ["Mon", "by Fri", "in 3 to 5 days"]


@given(text=st.text(max_size=200), at=st.datetimes(timezones=st.just(UTC)))
def test_no_text_and_no_moment_makes_it_fail(text: str, at: datetime) -> None:
    """Text comes from anywhere; so, with a broken clock, does the day."""
    for found in find_time_phrases(text):
        assert text[found.start : found.end] == found.text
    resolve(text, at)


@given(st.text(max_size=200))
def test_folding_keeps_every_place(text: str) -> None:
    """Spans found in folded text are used on the note itself."""
    assert len(fold(text)) == len(text)


@given(st.integers(0, 3650), st.sampled_from(["mon", "tues", "wed", "thurs", "fri"]))
def test_a_weekday_is_within_the_next_seven_days(offset: int, name: str) -> None:
    """Never today, never more than a week off."""
    at = TUESDAY + timedelta(days=offset)
    due = resolve(f"by {name}", at)

    assert due is not None
    assert 1 <= (due - at.date()).days <= 7
