"""Sums with calendar days: the next Thursday, the end of a month, five business days on.

Pure. Where there is no such day, None or a ValueError, as each function says.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta
from math import ceil

from triage.time_words import day_number


def next_weekday(weekday: int, day: date) -> date:
    """The next such weekday after `day`."""
    return day + timedelta(days=(weekday - day.weekday() - 1) % 7 + 1)


def monday(day: date, weeks: int = 0) -> date:
    """The Monday of the day's own week, or of that many weeks later."""
    return day - timedelta(days=day.weekday()) + timedelta(weeks=weeks)


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or that month's last where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def month_end(day: date, months: int = 0) -> date:
    """The last day of the day's own month, or of that many months later."""
    shifted = add_months(day.replace(day=1), months)
    return shifted.replace(day=monthrange(shifted.year, shifted.month)[1])


def next_day_of_month(word: str, day: date) -> date | None:
    """The next such day of a month after `day`, passing over months that have none."""
    number = day_number(word)
    for months in range(13):
        first = add_months(day.replace(day=1), months)
        if 1 <= number <= monthrange(first.year, first.month)[1] and first.replace(day=number) > day:
            return first.replace(day=number)
    return None


FAR = 190  # days: "1/5" in December is next January; "3/2" a week later is history


def month_day(month: int, number: int, year: str | None, day: date) -> date:
    """The date a month and a day name in a note of `day`: this year's, or the next where that is gone and the next is near.

    Raises ValueError where the month has no such day.
    """
    if year:
        return date(int(year) + (2000 if len(year) <= 2 else 0), month, number)
    if (month, number) == (2, 29):
        years = [y for y in (day.year, day.year + 1) if monthrange(y, 2)[1] == 29]
        return date(years[0] if years else day.year, month, number)
    this = date(day.year, month, number)
    following = date(day.year + 1, month, number)
    return following if this < day and (following - day).days <= FAR else this


def after(count: int, unit: str, at: datetime) -> date:
    """The day so many units (minutes to months, English or Spanish) after the moment `at`."""
    kind = unit.lstrip()
    if kind.startswith(("min",)):
        return (at + timedelta(minutes=count)).date()
    if kind.startswith("h"):
        return (at + timedelta(hours=count)).date() if count < 24 else at.date() + timedelta(days=ceil(count / 24))
    if kind.startswith("f"):
        return at.date() + timedelta(weeks=2 * count)
    if kind.startswith(("w", "sem")):
        return at.date() + timedelta(weeks=count)
    if kind.startswith("m"):
        return add_months(at.date(), count)
    return at.date() + timedelta(days=count)


def after_business_days(count: int, day: date) -> date:
    """The day so many weekdays after `day`; holidays are not known here."""
    for _ in range(count):
        day += timedelta(days=3 if day.weekday() == 4 else 2 if day.weekday() == 5 else 1)
    return day


def this_week(day: date) -> date:
    """That Friday; on a weekend the week's own Friday is gone, and the day itself is what is left of it."""
    return max(day, monday(day) + timedelta(days=4))


def next_holiday(name: str, day: date) -> date | None:
    """The next such United States holiday from `day` on."""
    for year in (day.year, day.year + 1):
        when = _holiday_in(name, year)
        if when >= day:
            return when
    return None


def _holiday_in(name: str, year: int) -> date:
    if name.startswith("thanks"):
        return _nth(year, 11, 3, 4)
    if name.startswith("labor"):
        return _nth(year, 9, 0, 1)
    if name.startswith("memorial"):
        return _nth(year, 6, 0, 1) - timedelta(weeks=1)
    if name.startswith(("july", "independence", "fourth", "4th")):
        return date(year, 7, 4)
    if name.startswith("hallow"):
        return date(year, 10, 31)
    return date(year, 1, 1) if name.startswith("new") else date(year, 12, 24 if "eve" in name else 25)


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7, weeks=n - 1)
