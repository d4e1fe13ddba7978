"""Business days of a clinic."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from workflow.calendar import Calendar

ILLINOIS = Calendar(zone="America/Chicago", state="IL")
DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2060, 12, 31))


@pytest.mark.parametrize(
    ("day", "open_"),
    [
        (date(2026, 3, 10), True),
        (date(2026, 3, 14), False),  # Saturday
        (date(2026, 7, 3), False),  # Independence Day, observed on the Friday before
        (date(2026, 11, 26), False),  # Thanksgiving
        (date(2026, 2, 12), False),  # Lincoln's birthday, in Illinois only
        (date(2026, 11, 27), True),
    ],
)
def test_a_business_day_is_a_weekday_that_is_no_public_holiday(day, open_):
    """A due date on a holiday is a due date that nobody keeps."""
    assert ILLINOIS.is_business_day(day) is open_


def test_holidays_are_those_of_the_state():
    """Texas works on Lincoln's birthday."""
    assert Calendar(zone="America/Chicago", state="TX").is_business_day(date(2026, 2, 12))


def test_a_clinic_adds_days_of_its_own():
    """The day of the move, the staff retreat."""
    closed = Calendar(zone="America/Chicago", closed=frozenset({date(2026, 3, 11)}))

    assert closed.add_business_days(date(2026, 3, 10), 1) == date(2026, 3, 12)


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 3, 10), 0, date(2026, 3, 10)),
        (date(2026, 3, 10), 3, date(2026, 3, 13)),
        (date(2026, 3, 10), 4, date(2026, 3, 16)),
        (date(2026, 3, 14), 0, date(2026, 3, 16)),
        (date(2026, 3, 14), 1, date(2026, 3, 17)),
        (date(2026, 11, 25), 1, date(2026, 11, 27)),
    ],
)
def test_counting_passes_over_days_the_clinic_is_closed(day, count, expected):
    """Two business days from Friday is Tuesday; from a Saturday, counting starts on Monday."""
    assert ILLINOIS.add_business_days(day, count) == expected


@settings(max_examples=60, deadline=None)
@given(DAYS, st.integers(0, 40))
def test_the_result_is_a_business_day_with_that_many_before_it(day, count):
    """The definition, checked by counting the long way round."""
    result = ILLINOIS.add_business_days(day, count)

    between = [d for n in range(day.toordinal() + 1, result.toordinal() + 1) if ILLINOIS.is_business_day(d := date.fromordinal(n))]
    assert ILLINOIS.is_business_day(result)
    assert len(between) == count + (not ILLINOIS.is_business_day(day))


def test_the_local_day_is_the_clinics():
    """Nine in the evening in Chicago is tomorrow in Greenwich, and still today for the queue."""
    assert ILLINOIS.local_day(datetime(2026, 3, 11, 2, 0, tzinfo=UTC)) == date(2026, 3, 10)


@pytest.mark.parametrize(
    ("given_", "sentence"),
    [
        ({"zone": "Chicago"}, "'Chicago' is no time zone; write one like America/Chicago"),
        ({"zone": ""}, "is no time zone"),
        ({"zone": "../../etc/passwd"}, "is no time zone"),
        ({"zone": "UTC", "state": "Texas"}, "'Texas' is no US state or territory; write two letters, like TX"),
        ({"zone": "UTC", "country": "Narnia"}, "'Narnia' is no country whose holidays are known"),
        ({"zone": "UTC", "country": "DE", "state": "TX"}, "'TX' is no DE state or territory"),
    ],
)
def test_a_place_that_does_not_exist_is_refused_when_the_lane_is_read(given_, sentence):
    """Found at start-up by the person who edits the file, not at night by the first due date."""
    with pytest.raises(ValidationError) as refused:
        Calendar(**given_)

    assert sentence in str(refused.value)


def test_another_country_has_its_own_holidays():
    """The keys say country and state; both count."""
    bavaria = Calendar(zone="Europe/Berlin", country="DE", state="BY")

    assert not bavaria.is_business_day(date(2026, 1, 6))
    assert bavaria.is_business_day(date(2026, 7, 3))
