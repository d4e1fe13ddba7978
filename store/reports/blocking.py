"""The blocker mix: which blockers stood at the end of some days of a period.

The key of a line is "day>category". An interval says all its blockers in one text, so these cases are counted by that text and then told
apart: one pass over the blocked intervals, whatever the number of days.
"""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from store.reports.counting import Counted, Line
from store.reports.scope import INTERVALS, Scope, stood_at
from workflow.vocabulary import BlockerCategory

MOST_DAYS = 8
"""What a chart shows legibly on a phone."""


def days_of(scope: Scope) -> tuple[date, ...]:
    """The days at whose end the mix is looked at: the period's last and back from it by 1, 2, 4... weeks, so that they are few enough."""
    length, step = (scope.day - scope.first).days, 7
    while length // step >= MOST_DAYS:
        step *= 2
    return tuple(scope.day - timedelta(days=step * back) for back in reversed(range(length // step + 1)))


def blocker_mix(session: Session, scope: Scope) -> Counted:
    """Open episodes by day and blocker; one with two blockers counts under both. Categories that never stood are left out."""
    days = days_of(scope)
    if not days:
        return Counted((), Line("", 0, 0, 0))
    stood = [func.coalesce(func.sum(case((_blocked_at(scope, day), 1), else_=0)), 0) for day in days]
    rows = session.execute(select(INTERVALS.blocked_by, *stood).where(_blocked(scope, days)).group_by(INTERVALS.blocked_by))
    counts: dict[tuple[date, BlockerCategory], int] = {}
    for blocked_by, *numbers in rows:
        for category in map(BlockerCategory, blocked_by.split(",")):
            for day, number in zip(days, numbers, strict=True):
                counts[day, category] = counts.get((day, category), 0) + number
    there = [category for category in BlockerCategory if any(counts.get((day, category)) for day in days)]
    lines = tuple(
        Line(f"{day.isoformat()}>{category.value}", number, number, 0)
        for category in there
        for day in days
        for number in [counts.get((day, category), 0)]
    )
    episodes = session.execute(select(func.count(INTERVALS.episode_id.distinct())).where(_blocked(scope, days))).scalar_one()
    return Counted(lines, Line("", sum(line.count for line in lines), episodes, 0))


def blocked_episodes(session: Session, scope: Scope, key: str = "") -> list[int]:
    """The episodes behind a line, or all that were blocked on one of the days; none for a key that means nothing."""
    days = days_of(scope)
    day, _, category = key.partition(">")
    if key:
        days = tuple(each for each in days if each.isoformat() == day)
    if not days or (key and category not in BlockerCategory.values()):
        return []
    which: list[ColumnElement[bool]] = [_blocked(scope, days)]
    if key:
        which.append((literal(",") + INTERVALS.blocked_by + ",").contains(f",{category},", autoescape=True))
    return list(session.scalars(select(INTERVALS.episode_id).distinct().where(*which).order_by(INTERVALS.episode_id)))


def _blocked_at(scope: Scope, day: date) -> ColumnElement[bool]:
    """Stood at the end of the day, or now where it is today."""
    moment = min(scope.ends, scope.midnight(day + timedelta(days=1)))
    since, until, _open = stood_at(moment)
    return since & until


def _blocked(scope: Scope, days: tuple[date, ...]) -> ColumnElement[bool]:
    """Blocked on one of the days. A closed episode has no blocker, so those that have one are open."""
    return and_(INTERVALS.blocked_by > "", or_(*(_blocked_at(scope, day) for day in days)), *scope.conditions)
