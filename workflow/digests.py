"""Digests of queue changes: when a schedule strikes, and the counts that a mail about one may hold."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from workflow.calendar import Calendar
from workflow.vocabulary import LaneName, Word


class Every(Word):
    """How often a schedule strikes."""

    DAY = "day"
    WEEK = "week"


class Strike(NamedTuple):
    """A moment at which a schedule struck, and the clinic's day it counts for: one digest a day, whatever the clocks do."""

    day: date
    at: datetime


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a schedule strikes, in the clinic's zone. `weekday` is Monday as 0, and None where it strikes every day."""

    every: Every
    weekday: int | None
    hour: int

    def last_strike(self, calendar: Calendar, now: datetime) -> Strike:
        """The newest strike at or before `now`.

        An hour that the clocks skip is the one after it, and of an hour that they repeat the first counts.
        """
        day = calendar.local_day(now)
        while not self._strikes_on(day) or self._at(calendar, day) > now:
            day -= timedelta(days=1)
        return Strike(day, self._at(calendar, day))

    def before(self, calendar: Calendar, strike: Strike) -> datetime:
        """The strike before this one."""
        return self._at(calendar, strike.day - timedelta(days=7 if self.every is Every.WEEK else 1))

    def next_strike(self, calendar: Calendar, now: datetime) -> datetime:
        """The first strike after `now`."""
        day = calendar.local_day(now)
        while not self._strikes_on(day) or self._at(calendar, day) <= now:
            day += timedelta(days=1)
        return self._at(calendar, day)

    def _strikes_on(self, day: date) -> bool:
        return self.weekday is None or day.weekday() == self.weekday

    def _at(self, calendar: Calendar, day: date) -> datetime:
        return datetime.combine(day, time(self.hour), calendar.tz).astimezone(UTC)


class _Counts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Change(_Counts):
    """A count at the beginning and at the end of a period."""

    before: int = Field(ge=0)
    after: int = Field(ge=0)

    @property
    def by(self) -> int:
        return self.after - self.before


class LaneFigures(_Counts):
    """How one lane changed, in counts alone: nothing else of a digest ever goes into a mail, so no mail can tell of a patient."""

    lane: LaneName = Field(strict=False)
    active: Change
    overdue: Change
    blocked: Change
    escalated: Change
