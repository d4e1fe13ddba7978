"""A month in numbers, from the courses of episodes. Each number knows the episodes behind it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median

from workflow.calendar import Calendar
from workflow.course import Course
from workflow.lanes import Lane
from workflow.vocabulary import BlockerCategory, ClosureReason, LaneName

ADMIN = (BlockerCategory.AUTHORIZATION, BlockerCategory.MISSING_DOCUMENTATION, BlockerCategory.ELIGIBILITY)
"""Blockers that administration owners can move."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. `n` is how many things it is over; `value` is a count, a share in [0, 1] or a number of days, None where n is 0.

    `episodes` are those to look at behind it: for a share those that fell short.
    """

    key: str
    label: str
    value: float | None
    n: int
    unit: str = ""
    episodes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month."""

    first: date

    @classmethod
    def of(cls, day: date) -> "Month":
        """The month a day lies in."""
        return cls(day.replace(day=1))

    @property
    def after(self) -> "Month":
        """The month that follows."""
        return Month.of(self.first + timedelta(days=31))

    @property
    def before(self) -> "Month":
        """The month that precedes."""
        return Month.of(self.first - timedelta(days=1))

    @property
    def last(self) -> date:
        """Its last day."""
        return self.after.first - timedelta(days=1)

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def start(self, calendar: Calendar) -> datetime:
        """Its first moment in the clinic's zone."""
        return datetime.combine(self.first, time(), calendar.tz)


@dataclass(frozen=True, slots=True)
class Case:
    """An episode's lane and course."""

    episode_id: int
    lane: LaneName
    course: Course


def counted(key: str, label: str, episodes: Iterable[int]) -> Figure:
    """A number of things; an episode stands once for each of its own."""
    found = tuple(episodes)
    return Figure(key, label, float(len(found)), len(found), "", tuple(dict.fromkeys(found)))


def share(key: str, label: str, met: int, n: int, episodes: Iterable[int] = ()) -> Figure:
    """A share of `n`; None where there is nothing to share."""
    return Figure(key, label, met / n if n else None, n, "share", tuple(dict.fromkeys(episodes)))


def middle(key: str, label: str, days: Mapping[int, int]) -> Figure:
    """The median of days by episode, the longest first among the episodes."""
    by_length = sorted(days, key=lambda episode: (-days[episode], episode))
    return Figure(key, label, float(median(days.values())) if days else None, len(days), "days", tuple(by_length))


def care(cases: Iterable[Case], lanes: Mapping[LaneName, Lane], month: Month) -> list[Figure]:
    """For care owners: what was opened, how it ended, what was escalated."""
    opened: list[int] = []
    closed: list[tuple[int, ClosureReason | None, int]] = []
    by_rule: list[int] = []
    by_person: list[int] = []
    for case in cases:
        day = lanes[case.lane].calendar.local_day
        for span in case.course.opened:
            if day(span.since) in month:
                opened.append(case.episode_id)
            if span.until is not None and day(span.until) in month:
                closed.append((case.episode_id, span.reason, (day(span.until) - day(span.since)).days))
        for raised in case.course.raised:
            if day(raised.since) in month:
                (by_rule if raised.by_rule else by_person).append(case.episode_id)
    completed = [episode for episode, reason, _ in closed if reason is ClosureReason.CARE_COMPLETED]
    others = [episode for episode, reason, _ in closed if reason is not ClosureReason.CARE_COMPLETED]
    unreached = [episode for episode, reason, _ in closed if reason is ClosureReason.UNABLE_TO_REACH]
    return [
        counted("opened", "Episodes opened", opened),
        counted("closed", "Episodes closed", (episode for episode, *_ in closed)),
        share("completed", "Closed with care completed", len(completed), len(closed), others),
        counted("unreached", "Closed as unable to reach", unreached),
        middle("days_to_close", "Days open at closing, median", {episode: days for episode, _, days in closed}),
        counted("raised_by_person", "Escalated by people", by_person),
        counted("raised_by_rule", "Escalated by rule", by_rule),
    ]


def operations(cases: Iterable[Case], lanes: Mapping[LaneName, Lane], month: Month, now: datetime) -> list[Figure]:
    """For operations owners: how much there was at the month's end (or now, in the present month), how old, how late; the cadence."""
    active: dict[int, int] = {}
    overdue: list[int] = []
    kept, missed = 0, []
    for case in cases:
        calendar = lanes[case.lane].calendar
        end = min(now, month.after.start(calendar) - timedelta(microseconds=1))
        if month.start(calendar) > now:
            continue
        today = calendar.local_day(end)
        for span in case.course.opened:
            if span.covers(end):
                active[case.episode_id] = (today - calendar.local_day(span.since)).days
        for due in case.course.dues:
            if due.covers(end) and due.due < today:
                overdue.append(case.episode_id)
            if due.due in month:
                was_kept = due.kept(calendar, calendar.local_day(now))
                kept += was_kept is True
                missed += [case.episode_id] if was_kept is False else []
    return [
        counted("active", "Active at the month’s end", active),
        middle("age", "Days open at the month’s end, median", active),
        share("overdue", "Overdue at the month’s end", len(overdue), len(active), overdue),
        share("kept", "Due dates kept", kept, kept + len(missed), missed),
    ]


def admin(cases: Iterable[Case], lanes: Mapping[LaneName, Lane], month: Month, now: datetime) -> list[Figure]:
    """For administration owners: blockers they can move, set in the month and standing at its end (or now)."""
    fresh: dict[BlockerCategory, list[int]] = {category: [] for category in ADMIN}
    standing: dict[BlockerCategory, dict[int, int]] = {category: {} for category in ADMIN}
    for case in cases:
        calendar = lanes[case.lane].calendar
        end = min(now, month.after.start(calendar) - timedelta(microseconds=1))
        for span in case.course.blocked:
            if span.category not in fresh:
                continue
            if calendar.local_day(span.since) in month:
                fresh[span.category].append(case.episode_id)
            if span.covers(end) and month.start(calendar) <= now:
                standing[span.category][case.episode_id] = (calendar.local_day(end) - calendar.local_day(span.since)).days
    figures = []
    for category in ADMIN:
        label = category.label
        figures.append(counted(f"{category.value}_set", f"{label}: newly blocked", fresh[category]))
        figures.append(counted(f"{category.value}_standing", f"{label}: blocked at the month’s end", standing[category]))
        figures.append(middle(f"{category.value}_days", f"{label}: days blocked at the month’s end, median", standing[category]))
    return figures
