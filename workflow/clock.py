"""The clock: how long an episode stood as it stood, and whose move it was.

`intervals` cuts an episode's life, from its opening on, into stretches in which nothing changed that a report asks about. What was taken
back never happened; a note, a task's detail or a second setting of the same status cuts nothing, so age never begins anew. While an
episode is closed it is nobody's move: that time is a pause, and counts neither as cycle time nor as age.

Three measures, not to be mixed:

- **elapsed time** (`timedelta` between moments, in UTC): cycle time, age, time in a status. A day has 24 hours, whatever clocks are set to.
- **calendar days** of the clinic: what people see as due and late. The day on which clocks change is one day.
- **business days** of the lane's calendar: how long the clinic itself could have acted.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from workflow.calendar import Calendar
from workflow.episode import Episode, evolve, standing
from workflow.events import Event
from workflow.vocabulary import MOVE_OF, BlockerCategory, ClosureReason, Mover, OwnerRole, Status

NONE = timedelta()


@dataclass(frozen=True, slots=True)
class Closing:
    """What is known of an episode as it closes. `tries` are the outreach tries until then."""

    reason: ClosureReason
    tries: int


@dataclass(frozen=True, slots=True)
class Interval:
    """An episode as it stood from `since` until just before `until`, both in UTC and whole seconds; None while it stands so.

    `moved_from` is the status before, where the interval began with another status. `open_before` is how long the episode had been open
    when it began. `closing` is there exactly while the episode is closed.
    """

    since: datetime
    until: datetime | None
    status: Status
    owner_role: OwnerRole
    due: date
    blocked_by: tuple[BlockerCategory, ...]
    moved_from: Status | None
    open_before: timedelta
    closing: Closing | None

    @property
    def mover(self) -> Mover:
        """Whose move it is."""
        return MOVE_OF[self.status]

    @property
    def is_open(self) -> bool:
        return self.closing is None

    def overlap(self, since: datetime, until: datetime) -> timedelta:
        """How much of the interval lies from `since` to `until`; one that stands runs on."""
        end = until if self.until is None else min(self.until, until)
        return max(NONE, end - max(self.since, since))


def intervals(events: Sequence[Event]) -> tuple[Interval, ...]:
    """The episode's life without gap or overlap, from its opening on; the last interval stands. Empty for an empty log.

    What stood for less than a second did not stand: a move and what the lane's rules make of it are one step. An event whose moment lies
    before that of the one it follows (two machines, two clocks) counts as of the one it follows.
    """
    cuts: list[tuple[datetime, Episode]] = []
    episode: Episode | None = None
    for event in standing(events):
        episode = evolve(episode, event)
        at = event.at.astimezone(UTC).replace(microsecond=0)
        if cuts and at <= cuts[-1][0]:
            cuts[-1] = (cuts[-1][0], episode)
        else:
            cuts.append((at, episode))
    found: list[Interval] = []
    for at, state in cuts:
        last = found[-1] if found else None
        if last is not None and _face(state) == (last.status, last.owner_role, last.due, last.blocked_by):
            continue
        opened_for = NONE
        if last is not None:
            found[-1] = replace(last, until=at)
            opened_for = last.open_before + (at - last.since if last.is_open else NONE)
        found.append(
            Interval(
                since=at,
                until=None,
                status=state.status,
                owner_role=state.owner_role,
                due=state.due,
                blocked_by=state.blocked_by,
                moved_from=last.status if last is not None and last.status is not state.status else None,
                open_before=opened_for,
                closing=Closing(state.closure.reason, sum(each.count for each in state.attempts)) if state.closure else None,
            )
        )
    return tuple(found)


def _face(episode: Episode) -> tuple[Status, OwnerRole, date, tuple[BlockerCategory, ...]]:
    """What an interval is one of."""
    return episode.status, episode.owner_role, episode.due, episode.blocked_by


def time_by_status(found: Iterable[Interval], since: datetime, until: datetime) -> dict[Status, timedelta]:
    """How long the episode stood in each status from `since` to `until`; statuses it did not stand in are left out."""
    total: dict[Status, timedelta] = {}
    for interval in found:
        if overlap := interval.overlap(since, until):
            total[interval.status] = total.get(interval.status, NONE) + overlap
    return total


def time_by_mover(found: Iterable[Interval], since: datetime, until: datetime) -> dict[Mover, timedelta]:
    """How long it was whose move from `since` to `until`; nobody's while the episode was closed."""
    total: dict[Mover, timedelta] = {}
    for status, spent in time_by_status(found, since, until).items():
        total[MOVE_OF[status]] = total.get(MOVE_OF[status], NONE) + spent
    return total


def age(found: Sequence[Interval], now: datetime) -> timedelta:
    """How long the episode has been open since it was opened, without the time it stood closed. Nothing that people edit shortens it."""
    return sum((interval.overlap(interval.since, now) for interval in found if interval.is_open), NONE)


def age_in_status(found: Sequence[Interval], now: datetime) -> timedelta:
    """How long it has stood in the status it stands in, whoever owned it meanwhile."""
    since = found[-1].since
    for before, after in pairwise(reversed(found)):
        if after.status is not before.status:
            break
        since = after.since
    return max(NONE, now - since)


def calendar_days(calendar: Calendar, since: datetime, until: datetime) -> int:
    """Midnights of the clinic between two moments: 1 from Monday evening to Tuesday morning, and over a day of 23 or 25 hours."""
    return (calendar.local_day(until) - calendar.local_day(since)).days


def business_time(calendar: Calendar, since: datetime, until: datetime) -> timedelta:
    """The elapsed time that lies on business days, each from midnight to midnight in the clinic's zone."""
    spent, day, last = NONE, calendar.local_day(since), calendar.local_day(until)
    while day <= last:
        if calendar.is_business_day(day):
            begins, ends = (datetime.combine(each, time(), calendar.tz).astimezone(UTC) for each in (day, day + timedelta(days=1)))
            spent += max(NONE, min(ends, until.astimezone(UTC)) - max(begins, since.astimezone(UTC)))
        day += timedelta(days=1)
    return spent


class BusinessDays:
    """The business days of a calendar from `first` to `last`, laid out once, so that many spans can be counted."""

    def __init__(self, calendar: Calendar, first: date, last: date) -> None:
        days = (first + timedelta(days=count) for count in range((last - first).days + 1))
        self._days = [day for day in days if calendar.is_business_day(day)]

    def between(self, day: date, until: date) -> int:
        """Business days after `day`, up to and with `until`; 0 where `until` is no later."""
        return max(0, bisect_right(self._days, until) - bisect_right(self._days, day))
