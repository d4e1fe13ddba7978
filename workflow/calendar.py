"""Business days of a clinic: weekdays without the public holidays of its country and state."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
from pydantic import BaseModel, ConfigDict, field_validator, model_validator

WEEKEND = 5  # Monday is 0


@lru_cache
def _public_holidays(country: str, state: str | None, year: int) -> frozenset[date]:
    # One year at a time, complete: the package fills its own calendars while they are asked, which two threads would see half-filled.
    return frozenset(holidays.country_holidays(country, subdiv=state, years=year, expand=False))


def in_words(day: date) -> str:
    """ "Thu 12 Mar"."""
    return f"{day:%a} {day.day} {day:%b}"


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

    @model_validator(mode="after")
    def _place_is_known(self) -> "Calendar":
        known = holidays.list_supported_countries()
        if self.country not in known:
            raise ValueError(f"country: {self.country!r} is no country whose holidays are known; write two letters, like US")
        if self.state is not None and self.state not in known[self.country]:
            raise ValueError(f"state: {self.state!r} is no {self.country} state or territory; write two letters, like TX")
        return self

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
