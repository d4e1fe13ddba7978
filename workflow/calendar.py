"""Business days of a clinic: weekdays without the public holidays of its country and state."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

WEEKEND = 5  # Monday is 0


@lru_cache
def _public_holidays(country: str, state: str | None, year: int) -> frozenset[date]:
    # One year at a time, complete: the package fills its own calendars while they are asked, which two threads would see half-filled.
    return frozenset(holidays.country_holidays(country, subdiv=state, years=year, expand=False))


def in_words(day: date) -> str:
    """ "Thu 12 Mar"."""
    return f"{day:%a} {day.day} {day:%b}"


def counted_days(count: int) -> str:
    """ "1 day", "3 days"."""
    return f"{count} day{'' if count == 1 else 's'}"


class Calendar(BaseModel):
    """When a clinic works. `closed` adds days of its own to the public holidays of `country` and `state`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zone: str
    country: str = "US"
    state: str | None = None
    closed: frozenset[date] = frozenset()

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{zone!r} is no time zone; write one like America/Chicago") from None
        return zone

    @field_validator("country")
    @classmethod
    def _country_is_known(cls, country: str) -> str:
        if country not in holidays.list_supported_countries():
            raise ValueError(f"{country!r} is no country whose holidays are known; write two letters, like US")
        return country

    @field_validator("state")
    @classmethod
    def _state_is_known(cls, state: str | None, info: ValidationInfo) -> str | None:
        country = info.data.get("country")  # missing where the country itself does not hold
        if state is not None and country is not None and state not in holidays.list_supported_countries()[country]:
            raise ValueError(f"{state!r} is no {country} state or territory; write two letters, like TX")
        return state

    @property
    def tz(self) -> ZoneInfo:
        """The clinic's zone."""
        return ZoneInfo(self.zone)

    def local_day(self, moment: datetime) -> date:
        """The clinic's calendar day at `moment`, which is aware."""
        return moment.astimezone(self.tz).date()

    def is_business_day(self, day: date) -> bool:
        """A weekday that is neither a public holiday nor a day the clinic is closed."""
        return day.weekday() < WEEKEND and day not in self.closed and day not in _public_holidays(self.country, self.state, day.year)

    def add_business_days(self, day: date, count: int) -> date:
        """The day `count` business days after `day`; with 0, `day` itself or the next business day."""
        while not self.is_business_day(day):
            day += timedelta(days=1)
        for _ in range(count):
            day += timedelta(days=1)
            while not self.is_business_day(day):
                day += timedelta(days=1)
        return day
