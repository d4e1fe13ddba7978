"""When a schedule strikes: in the clinic's own hours, over changes of the clocks, the end of the year and days off."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from workflow.calendar import Calendar
from workflow.digests import Change, Every, LaneFigures, Rhythm

CHICAGO = Calendar(zone="America/Chicago")


def at(text: str, zone: str = "America/Chicago") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=Calendar(zone=zone).tz).astimezone(UTC)


MONDAY_8 = Rhythm(Every.WEEK, 0, 8)


@pytest.mark.parametrize(
    ("rhythm", "now", "struck"),
    [
        (MONDAY_8, "2026-03-09T08:00", "2026-03-09T08:00"),
        (MONDAY_8, "2026-03-09T07:59", "2026-03-02T08:00"),
        (MONDAY_8, "2026-03-15T23:00", "2026-03-09T08:00"),
        (Rhythm(Every.DAY, None, 8), "2026-01-01T07:00", "2025-12-31T08:00"),
        (Rhythm(Every.WEEK, 3, 8), "2027-01-02T12:00", "2026-12-31T08:00"),
        (Rhythm(Every.DAY, None, 0), "2026-01-01T00:00", "2026-01-01T00:00"),
        # On Sunday 8 March 2026 the clocks skip from 2 to 3, on 1 November they repeat the hour from 1 to 2.
        (Rhythm(Every.DAY, None, 2), "2026-03-08T03:00", "2026-03-08T03:00"),
        (Rhythm(Every.DAY, None, 2), "2026-03-08T01:59", "2026-03-07T02:00"),
        (Rhythm(Every.DAY, None, 1), "2026-11-01T02:30", "2026-11-01T01:00"),
    ],
)
def test_the_last_strike(rhythm: Rhythm, now: str, struck: str):
    """By the clock on the clinic's wall."""
    assert rhythm.last_strike(CHICAGO, at(now)).at == at(struck)


def test_a_repeated_hour_strikes_once():
    """Half past one comes twice that night; both times it is the strike of the first one o'clock."""
    daily = Rhythm(Every.DAY, None, 1)
    half_past = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)  # 1:30 in summer time, and an hour later 1:30 once more

    assert daily.last_strike(CHICAGO, half_past) == daily.last_strike(CHICAGO, half_past + timedelta(hours=1))


def test_from_strike_to_strike_a_week_passes_on_the_wall():
    """Over a change of the clocks it is an hour less or more, and eight o'clock all the same."""
    strike = MONDAY_8.last_strike(CHICAGO, at("2026-03-09T08:00"))

    assert strike.at - MONDAY_8.before(CHICAGO, strike) == timedelta(days=7, hours=-1)
    assert MONDAY_8.next_strike(CHICAGO, strike.at) == at("2026-03-16T08:00")


@given(
    now=st.integers(0, 5 * 366 * 24 * 60).map(lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    weekday=st.none() | st.integers(0, 6),
    hour=st.integers(0, 23),
    zone=st.sampled_from(["America/Chicago", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia", "UTC"]),
)
def test_an_hourly_look_misses_no_strike_and_makes_none_twice(now: datetime, weekday: int | None, hour: int, zone: str):
    """Whoever looks every hour sees each strike's day once, in order, in whatever zone."""
    calendar = Calendar(zone=zone)
    rhythm = Rhythm(Every.DAY if weekday is None else Every.WEEK, weekday, hour)
    seen = [rhythm.last_strike(calendar, now + timedelta(hours=hours)) for hours in range(24 * 15)]
    days = sorted({strike.day for strike in seen})

    assert [strike.day for strike in seen] == sorted(strike.day for strike in seen)
    assert {(later - earlier).days for earlier, later in pairwise(days)} <= {1 if weekday is None else 7}
    assert len({(strike.day, strike.at) for strike in seen}) == len(days)
    assert all(strike.at <= now + timedelta(hours=hours) for hours, strike in enumerate(seen))
    assert all(rhythm.next_strike(calendar, strike.at) > strike.at for strike in seen)


def test_counts_of_a_mail_hold_nothing_but_counts():
    """A name cannot stand where a number does, nor beside it."""
    change = {"before": 1, "after": 2}
    lane = {"lane": "referral", "active": change, "overdue": change, "blocked": change, "escalated": change}

    assert LaneFigures.model_validate(lane).active == Change(before=1, after=2)
    for wrong in ({"who": "Rosa"}, {"active": {"before": "Rosa", "after": 2}}, {"active": {"before": 1, "after": -2}}, {"lane": "Rosa"}):
        with pytest.raises(ValidationError):
            LaneFigures.model_validate(lane | wrong)
